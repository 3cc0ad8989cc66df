import sys, time; sys.path.insert(0,'/tmp/w/firmware')
import numpy as np, numba
from neurodeploy.firmware_models.spinnaker import *
numba.set_num_threads(int(sys.argv[1]) if len(sys.argv)>1 else 1)
rng=np.random.default_rng(0)
n=100; steps=700; samples=int(sys.argv[2]) if len(sys.argv)>2 else 512
P={k:np.full(n,float(x)) for k,x in dict(v_rest=-65,v_reset=-65,v_thresh=-52,tau_m=100,cm=100,i_offset=0,tau_refrac=5,v=-65,tau_syn_E=1,tau_syn_I=2,e_rev_E=0,e_rev_I=-100).items()}
P["v_thresh"]+=rng.uniform(0,15,n)
E=P.copy(); 
w=rng.random((784,n))**2*0.3
pops=[FirmwarePopulation("in","SpikeSourceArray",784),FirmwarePopulation("e",sys.argv[3] if len(sys.argv)>3 else "IF_cond_exp",n,P,(13,14)),]
indptr=np.arange(785,dtype=np.int64)*n
q=quantise_weights(w.ravel(),13,"IF_cond_exp")
projs=[FirmwareProjection(0,1,indptr,np.tile(np.arange(n,dtype=np.int32),784),q,np.ones(q.size,np.uint8),0)]
if "csr" in sys.argv: projs[0].delays[::7]=2
projs.append(LateralFirmwareProjection(1,1,int(quantise_weights(np.array([17.0/5]),14,"IF_cond_exp")[0]),1,1))
# about 63 Hz max for bright pixels in the first 350 steps: mean 1750 spikes per image
rate=(rng.random(784)<0.19)*0.045
rows=[np.nonzero(rng.random((350,784))<rate) for _ in range(min(samples,16))]
ip=[0];ne=[]
for s in range(samples):
    t,k=rows[s%len(rows)]
    c=np.bincount(t,minlength=steps); ip.extend((ip[-1]+np.cumsum(c)).tolist()); ne.append(k.astype(np.int32))
ip=np.array(ip,np.int64); ne=np.concatenate(ne)
for rep in range(3):
    t=time.time(); r=run_firmware(pops,projs,time_step_ms=1.0,steps=steps,samples=samples,source_indptr=ip,source_neurons=ne); t=time.time()-t
    print(f"{samples/t:.0f} images/s; input spikes/img {ne.size/samples:.0f} out spikes/img {r.spike_counts[1].sum()/samples:.0f} sat {r.saturations.tolist()} events/img {(r.synaptic_events/samples).tolist()}")
