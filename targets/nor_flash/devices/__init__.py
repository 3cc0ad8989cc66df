"""NOR-flash devices, a TOML file each; docs/add_a_device.md."""
