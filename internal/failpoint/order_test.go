package failpoint

import "testing"

func TestParse(t *testing.T) {
	for _, x := range []struct {
		text  string
		names int // -1: refused
	}{
		{"", 0}, {"a.b:1", 1}, {"a:1,b:20", 2}, {"a:3:error", 1},
		{"a", -1}, {"a:", -1}, {"a:0", -1}, {"a:-1", -1}, {":1", -1}, {"a:1:kill", -1}, {"a:1,", -1}, {"a:1:error:2", -1},
	} {
		m, err := parse(x.text)
		if (err != nil) != (x.names < 0) || err == nil && len(m) != x.names {
			t.Errorf("%q: %d places, %v", x.text, len(m), err)
		}
	}
	m, err := parse("a:3:error,b:7")
	if err != nil || *m["a"] != (order{3, true}) || *m["b"] != (order{7, false}) {
		t.Errorf("%+v, %v", m, err)
	}
}
