"""RRAM devices, a TOML file each: ``load_device(name, files("neurodeploy.targets.rram.devices"))``; docs/add_a_device.md."""
