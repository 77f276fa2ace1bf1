package config

import "strings"

// scanner walks a TOML text and notes the places of its keys. On anything that it does
// not expect it stops, as the parser will.
type scanner struct {
	places
	at     int
	depth  int
	failed bool
	deep   bool
	arrays map[string]int // index of the last element of each array of tables
}

// maxDepth bounds arrays and tables inside each other, and the parts of a key: the time
// of the parser grows with the square.
const maxDepth = 64

func newScanner(text string) *scanner {
	return &scanner{places: places{text: text, list: map[string]place{}}, arrays: map[string]int{}}
}

func (s *scanner) document() {
	var table []string
	for s.space(true); s.at < len(s.text) && !s.failed; s.space(true) {
		if s.text[s.at] == '[' {
			table = s.header()
		} else {
			s.pair(table)
		}
	}
}

// header reads [a.b] or [[a.b]] and returns the path of the table.
func (s *scanner) header() []string {
	start := s.at
	s.at++
	array := s.accept('[')
	keys, _ := s.keys()
	s.expect(']')
	if array {
		s.expect(']')
	}
	var path []string
	for i, key := range keys {
		path = child(path, key)
		last, elements := s.arrays[joined(path)]
		switch {
		case i == len(keys)-1 && array:
			if elements {
				last++
			}
			s.arrays[joined(path)] = last
			s.note(path, place{key: start, value: start})
			path = child(path, element(last))
		case elements:
			path = child(path, element(last))
		}
		s.note(path, place{key: start, value: start})
	}
	return path
}

// pair reads key = value below a table.
func (s *scanner) pair(table []string) {
	keys, starts := s.keys()
	s.space(false)
	s.expect('=')
	s.space(false)
	path := table
	for i, key := range keys {
		if path = child(path, key); i < len(keys)-1 {
			s.note(path, place{key: starts[i], value: starts[i]})
		}
	}
	if len(keys) > 0 && !s.failed {
		s.entry(path, starts[len(starts)-1])
	}
}

// entry reads a value and notes it.
func (s *scanner) entry(path []string, key int) {
	start := s.at
	s.value(path)
	if !s.failed {
		s.note(path, place{key: key, value: start, raw: strings.TrimRight(s.text[start:s.at], " \t\r")})
	}
}

func (s *scanner) value(path []string) {
	s.depth++
	defer func() { s.depth-- }()
	switch {
	case s.at >= len(s.text):
		s.failed = true
	case s.depth > maxDepth:
		s.failed, s.deep = true, true
	case s.text[s.at] == '[':
		s.at++
		for i := 0; s.more(']'); i++ {
			s.entry(child(path, element(i)), s.at)
		}
	case s.text[s.at] == '{':
		s.at++
		for s.more('}') {
			s.pair(path)
		}
	case s.text[s.at] == '"' || s.text[s.at] == '\'':
		s.quoted()
	default:
		s.bare(",]}#\n")
	}
}

// more reports whether another element comes before the closing bracket.
func (s *scanner) more(closing byte) bool {
	s.space(true)
	if s.accept(',') {
		s.space(true)
	}
	return !s.accept(closing) && !s.failed && s.at < len(s.text)
}

// keys reads a dotted key, with the offsets of its parts.
func (s *scanner) keys() (keys []string, starts []int) {
	for {
		s.space(false)
		starts = append(starts, s.at)
		keys = append(keys, s.key())
		s.space(false)
		if s.failed || !s.accept('.') {
			return keys, starts
		}
		if len(keys) == maxDepth {
			s.failed, s.deep = true, true
		}
	}
}

func (s *scanner) key() string {
	start := s.at
	if start < len(s.text) && (s.text[start] == '"' || s.text[start] == '\'') {
		s.quoted()
		text := s.text[start:s.at]
		if plain, ok := parseLiteral(text).value.(string); ok {
			return plain
		}
		return strings.Trim(text, text[:1])
	}
	s.bare(".=]} \t\r\n")
	return s.text[start:s.at]
}

// quoted reads a string of any of the four kinds.
func (s *scanner) quoted() {
	quote, escapes := s.text[s.at:s.at+1], s.text[s.at] == '"'
	if three := strings.Repeat(quote, 3); strings.HasPrefix(s.text[s.at:], three) {
		quote = three
	}
	s.at += len(quote)
	for s.at < len(s.text) && !strings.HasPrefix(s.text[s.at:], quote) {
		if escapes && s.text[s.at] == '\\' {
			s.at++
		}
		s.at++
	}
	if s.at += len(quote); s.at > len(s.text) {
		s.at, s.failed = len(s.text), true
		return
	}
	for range 2 { // a long string may end in quotes of its own
		if len(quote) == 3 {
			s.accept(quote[0])
		}
	}
}

// bare reads at least one character, up to one of stops.
func (s *scanner) bare(stops string) {
	n := strings.IndexAny(s.text[s.at:], stops)
	if n < 0 {
		n = len(s.text) - s.at
	}
	s.at += n
	s.failed = s.failed || n == 0
}

// space skips blanks, and with lines also comments and ends of lines.
func (s *scanner) space(lines bool) {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == ' ' || c == '\t' || c == '\r' || lines && c == '\n':
			s.at++
		case c == '#' && lines:
			s.bare("\n")
		default:
			return
		}
	}
}

func (s *scanner) accept(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scanner) expect(c byte) {
	if s.space(false); !s.accept(c) {
		s.failed = true
	}
}
