package config

import (
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

const scanned = `# comment = 1
a = 1 # b
"b c".'d.e' = "x # y"
long = """
[no.table]
k = 1 \""" ""  """
raw = '''
'a' '''
list = [1, [2, 3], { x = 1, y.z = [4] }, # comment ]
  "]",
]
[t.u] # table
k = 2021-01-01 10:00:00
  [[t.u.v]]
  n = { }
  [[t.u.v]]
  n = 1
    [t.u.v.w]
    o = -1.5e3
"\u0061\"b" = true
`

func TestPlacesOfKeys(t *testing.T) {
	p := newScanner(scanned)
	p.document()
	for _, c := range []struct {
		path         string
		line, column int
		raw          string
	}{
		{"a", 2, 1, "1"}, {"b c|d.e", 3, 7, `"x # y"`}, {"raw", 7, 1, "'''\n'a' '''"}, {"list|[2]|y|z|[0]", 9, 36, "4"}, {"list|[3]", 10, 3, `"]"`},
		{"t|u", 12, 1, ""}, {"t|u|k", 13, 1, "2021-01-01 10:00:00"}, {"t|u|v|[0]|n", 15, 3, "{ }"}, {"t|u|v|[1]", 16, 3, ""},
		{"t|u|v|[1]|w|o", 19, 5, "-1.5e3"}, {`t|u|v|[1]|w|a"b`, 20, 1, "true"},
	} {
		at, ok := p.find(strings.Split(c.path, "|"))
		if !ok {
			t.Errorf("%s was not found", c.path)
			continue
		}
		if line, column := p.position(at.key); line != c.line || column != c.column || at.raw != c.raw {
			t.Errorf("%s stands at %d:%d: %q", c.path, line, column, at.raw)
		}
	}
}

// FuzzPlaces scans texts, valid or not, and looks for every key of the valid ones.
func FuzzPlaces(f *testing.F) {
	f.Add(scanned)
	f.Add("x = [[")
	f.Add("[a]\r\nb = '''\r\n")
	f.Add("a = {b = {c = 1, \"\\e\" = 2}}\n")
	f.Add("x = '''''a'''''\ny = \"\"\"\\\"\"\"\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		s := newScanner(text)
		if s.document(); s.deep {
			return
		}
		p, root := &s.places, map[string]any{}
		if _, err := toml.Decode(text, &root); err == nil && !strings.HasPrefix(text, "\xfe\xff") && !strings.HasPrefix(text, "\xff\xfe") && !strings.HasPrefix(text, "\ufeff") {
			findAll(t, p, root, nil)
		}
	})
}

func findAll(t *testing.T, p *places, x any, path []string) {
	if _, ok := p.find(path); !ok && len(path) > 0 {
		t.Errorf("%q has no place", path)
	}
	if table, ok := x.(map[string]any); ok {
		for key, value := range table {
			findAll(t, p, value, child(path, key))
		}
		return
	}
	list, _ := elements(x)
	for i, value := range list {
		findAll(t, p, value, child(path, element(i)))
	}
}

func TestNearest(t *testing.T) {
	words := []string{"fast", "slow", "max_drawdown"}
	for word, want := range map[string]string{"fats": "fast", "fas": "fast", "Slow": "slow", "x": "", "max_drowdwn": "max_drawdown", "period": "", "": ""} {
		if got := Nearest(word, words); got != want {
			t.Errorf("%q is nearest to %q, not %q", word, got, want)
		}
	}
}
