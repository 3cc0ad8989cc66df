"""Live output and input: spikes of five neurons are received, ten spikes are injected; 1 s (compare.py --real-time)."""

import time

import pyNN.spiNNaker as sim

received = []


def send(label, connection):
    for number in range(10):
        connection.send_spike(label, number % 5)
        time.sleep(0.03)


sim.setup(1.0)
injector = sim.Population(5, sim.external_devices.SpikeInjector(), label="injector")
trains = [[100.0 * k + 10 * i for k in range(1, 10)] for i in range(5)]
array = sim.Population(5, sim.SpikeSourceArray(trains), label="array")
neurons = sim.Population(5, sim.IF_curr_exp(), label="neurons")
for source in (injector, array):
    sim.Projection(source, neurons, sim.OneToOneConnector(), sim.StaticSynapse(weight=20.0, delay=1.0))
connection = sim.external_devices.SpynnakerLiveSpikesConnection(
    receive_labels=["neurons"], send_labels=["injector"], local_port=19999
)
sim.external_devices.activate_live_output_for(neurons)
connection.add_receive_callback("neurons", lambda label, when, numbers: received.extend(numbers))
connection.add_start_resume_callback("injector", send)
for population in (injector, neurons):
    population.record("spikes")
sim.run(1000)
recorded = [sum(map(len, p.get_data().segments[0].spiketrains)) for p in (injector, neurons)]
print(f"injected 10, recorded {recorded[0]}; neurons recorded {recorded[1]}, received live {len(received)}")
sim.end()
