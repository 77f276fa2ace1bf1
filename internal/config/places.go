package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"github.com/signalman-trading/signalman/market"
)

// parseText reads TOML, and where its keys stand.
func parseText(name string, data []byte) (map[string]any, *places, error) {
	text := strings.TrimPrefix(string(data), "\ufeff")
	if len(text) > maxSize {
		return nil, nil, &market.Error{
			Class: market.Usage, Where: name, Err: fmt.Errorf("%d bytes are too many for a configuration", len(text)),
			Hint: fmt.Sprintf("the largest has %d", maxSize),
		}
	}
	scan := newScanner(text)
	if scan.document(); scan.deep {
		line, column := scan.position(scan.at)
		return nil, nil, &market.Error{
			Class: market.Usage, Where: fmt.Sprintf("%s:%d:%d", name, line, column),
			Err: fmt.Errorf("more than %d tables or arrays inside each other", maxDepth),
		}
	}
	root := map[string]any{}
	if _, err := toml.Decode(text, &root); err != nil {
		return nil, nil, syntax(name, text, err)
	}
	return root, &scan.places, nil
}

// syntax puts an error of the TOML parser into our form. Where the line may hold a
// key, the parser's words are dropped, since they may quote it.
func syntax(name, text string, err error) error {
	e := &market.Error{Class: market.Usage, Where: name, Err: err, Hint: "see https://toml.io"}
	var parse toml.ParseError
	if errors.As(err, &parse) {
		p := places{text: text}
		line, column := p.position(min(max(parse.Position.Start, 0), len(text)))
		e.Where = fmt.Sprintf("%s:%d:%d", name, line, column)
		e.Err = fmt.Errorf("not TOML: %s", strings.TrimSuffix(parse.Message, "."))
		if l := strings.ToLower(p.line(line)); strings.Contains(l, "key") || strings.Contains(l, "secret") || strings.Contains(l, "token") {
			e.Err = errors.New("not TOML")
		}
	}
	return e
}

// places knows where the keys of a TOML text stand.
type places struct {
	text string
	list map[string]place
}

// place is where a key stands: offsets of key and value, and the value's text. A key
// of the command line has none of these.
type place struct {
	key, value int
	raw        string
	set        string // the key on the command line
}

func joined(path []string) string { return strings.Join(path, "\x00") }

func (p *places) find(path []string) (place, bool) {
	found, ok := p.list[joined(path)]
	return found, ok
}

// override notes that a key comes from the command line, and the tables that it makes.
func (p *places) override(path []string, raw string) {
	at := place{set: dotted(path), raw: raw}
	for n := range path {
		p.note(path[:n], place{set: at.set})
	}
	p.list[joined(path)] = at
}

// note notes a key, the first time that it is met.
func (p *places) note(path []string, at place) {
	if key := joined(path); p.list[key] == (place{}) {
		p.list[key] = at
	}
}

// position returns line and column of an offset, from 1; columns count characters.
func (p *places) position(at int) (line, column int) {
	before := p.text[:at]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

func (p *places) line(n int) string {
	lines := strings.SplitN(p.text, "\n", n+1)
	return lines[min(n, len(lines))-1]
}

// dotted writes a path as TOML does: strategy."a b".params; items[2] is the third of
// an array.
func dotted(path []string) string {
	var b strings.Builder
	for i, part := range path {
		switch {
		case isElement(part):
			b.WriteString(part)
			continue
		case i > 0:
			b.WriteByte('.')
		}
		b.WriteString(quoteKey(part))
	}
	return b.String()
}

// element is the part of a path for an element of an array.
func element(i int) string { return "[" + strconv.Itoa(i) + "]" }

func isElement(part string) bool { return strings.HasPrefix(part, "[") }

// child returns the path of a key below path.
func child(path []string, key string) []string {
	return append(path[:len(path):len(path)], key)
}
