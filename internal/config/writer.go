package config

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// writer writes entries as TOML.
type writer struct{ strings.Builder }

// table writes the keys of a table, then the tables in it.
func (w *writer) table(path []string, list []entry) {
	var inner []entry
	var keys writer
	for _, e := range list {
		if _, ok := e.value.([]entry); ok {
			inner = append(inner, e)
			continue
		}
		keys.WriteString(quoteKey(e.key) + " = ")
		keys.value(e.value)
		keys.WriteByte('\n')
	}
	if len(path) > 0 && (keys.Len() > 0 || len(path) > 1 && len(inner) == 0) {
		w.WriteString("\n[" + dotted(path) + "]\n" + keys.String())
	}
	for _, e := range inner {
		w.table(child(path, e.key), e.value.([]entry))
	}
}

func (w *writer) value(x any) {
	switch x := x.(type) {
	case string:
		w.WriteString(quoteText(x))
	case bool:
		w.WriteString(strconv.FormatBool(x))
	case int64:
		w.WriteString(strconv.FormatInt(x, 10))
	case uint64:
		w.WriteString(strconv.FormatUint(x, 10))
	case float64:
		text := strconv.FormatFloat(x, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		w.WriteString(text)
	case []any:
		w.list('[', ']', len(x), func(i int) { w.value(x[i]) })
	case []entry:
		w.value(inline(x))
	case inline:
		w.list('{', '}', len(x), func(i int) {
			w.WriteString(quoteKey(x[i].key) + " = ")
			w.value(x[i].value)
		})
	}
}

func (w *writer) list(opening, closing byte, n int, each func(int)) {
	w.WriteByte(opening)
	for i := range n {
		if i > 0 {
			w.WriteString(", ")
		}
		each(i)
	}
	w.WriteByte(closing)
}

// quoteText writes a basic string of TOML. The escapes of JSON are all among those of
// TOML, which asks for one more.
func quoteText(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string can always be written
	}
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\x7f", `\u007f`)
}

// quoteKey writes a key, with quotes where TOML needs them.
func quoteKey(s string) string {
	if s == "" || strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
		return quoteText(s)
	}
	return s
}
