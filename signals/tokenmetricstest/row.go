package tokenmetricstest

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"unicode"
)

// field is one key of a row.
type field struct {
	key   string
	value any // nil, bool, int, float64, string, []float64, []any, row or []row
}

// row is an object whose keys have an order.
type row []field

// snake spells a key as v3 does: in lower case, with a _ between a digit and a letter. A
// key that is in lower case already stays.
func snake(key string) string {
	if !strings.ContainsFunc(key, unicode.IsUpper) {
		return key
	}
	var b strings.Builder
	digit := false
	for _, r := range key {
		if digit && unicode.IsLetter(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
		digit = unicode.IsDigit(r)
	}
	return b.String()
}

// snaked returns the row with the keys of v3.
func (r row) snaked() row {
	out := make(row, len(r))
	for i, f := range r {
		out[i] = field{snake(f.key), f.value}
	}
	return out
}

// writeTo appends the row as JavaScript prints it: numbers without a trailing .0, and <, >
// and & as they are.
func (r row) writeTo(b *bytes.Buffer) {
	b.WriteByte('{')
	for i, f := range r {
		if i > 0 {
			b.WriteByte(',')
		}
		writePlain(b, f.key)
		b.WriteByte(':')
		writeValue(b, f.value)
	}
	b.WriteByte('}')
}

func writeValue(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case row:
		v.writeTo(b)
	case []row:
		writeList(b, len(v), func(i int) { v[i].writeTo(b) })
	case []any:
		writeList(b, len(v), func(i int) { writeValue(b, v[i]) })
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			writePlain(b, nil)
			return
		}
		writePlain(b, v)
	default:
		writePlain(b, v)
	}
}

func writeList(b *bytes.Buffer, n int, item func(i int)) {
	b.WriteByte('[')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		item(i)
	}
	b.WriteByte(']')
}

func writePlain(b *bytes.Buffer, v any) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // the values of rows can all be written
	}
	b.Truncate(b.Len() - 1) // its end of line
}

// envelope writes rows as an answer does: success, message, length, data.
func envelope(success bool, message string, rows []row) []byte {
	var b bytes.Buffer
	row{{"success", success}, {"message", message}, {"length", len(rows)}, {"data", rows}}.writeTo(&b)
	return b.Bytes()
}
