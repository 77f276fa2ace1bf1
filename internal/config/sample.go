package config

// CheckSample checks the tables of a strategy in what its plug-in shows as its use, and the
// risk that they name, as a configuration with an account would. What else stands there is
// not looked at. The error says where in the sample.
func CheckSample(name, sample string, p Plugins) error {
	file := "the sample of " + name
	root, places, err := parseText(file, []byte(sample))
	if err != nil {
		return err
	}
	b := &builder{Plugins: p, root: root, faults: &faults{name: file, places: places, ring: &ring{}}, config: &Config{}}
	b.chains()
	for _, n := range b.section("strategy") {
		if kind, typed := n.table["type"].(string); kind == name || !typed && n.name == name {
			b.strategy(n)
		}
	}
	return b.join()
}
