package config_test

import "testing"

// TestSourceHash: what a source is asked, and when, is no part of how it is set up.
func TestSourceHash(t *testing.T) {
	const file = "[signals.g]\ntype = \"grades\"\nkey = { env = \"A\" }\n"
	hash := func(sets ...string) string { return parse(t, file, sets...).Sources[0].Hash().String() }
	base := hash()
	for _, set := range []string{"signals.g.key.env=OTHER", "signals.g.schedule=@hourly"} {
		if hash(set) != base {
			t.Errorf("%s changes how the source is set up", set)
		}
	}
	if hash("signals.g.pages=4") == base {
		t.Error("another number of pages is the same set-up")
	}
}
