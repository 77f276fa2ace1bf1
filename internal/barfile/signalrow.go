package barfile

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
)

// A signalRow holds the text of a row; what it does not have is empty.
type signalRow struct {
	plan *signalPlan
	text []string
	set  []bool // by place: the row has it
}

// get returns the text of a column.
func (r *signalRow) get(column int) string {
	if k := r.plan.at[column]; k >= 0 {
		return r.text[k]
	}
	return ""
}

// csvRow reads a line of CSV.
func (plan *signalPlan) csvRow(line []byte) (*signalRow, *fault) {
	fields, f := splitFields(string(line))
	if f != nil {
		return nil, f
	}
	if len(fields) != plan.width {
		return nil, faultf("put fields with commas in double quotes", "the row has %d columns where the header has %d", len(fields), plan.width)
	}
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	return &signalRow{plan, fields, slices.Repeat([]bool{true}, len(fields))}, nil
}

// jsonRow reads a line that is one JSON object with columns for keys.
func (plan *signalPlan) jsonRow(line []byte) (*signalRow, *fault) {
	d := json.NewDecoder(bytes.NewReader(line))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, faultf("write one object a line", "the line is not a JSON object")
	}
	row := &signalRow{plan, make([]string, plan.width), make([]bool, plan.width)}
	for d.More() {
		if f := row.pair(d); f != nil {
			return nil, f
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, notJSON(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, faultf("write one object a line", "text follows the JSON object")
	}
	return row, nil
}

func notJSON(err error) *fault {
	return faultf("write one object a line", "the line is not JSON: %w", err)
}

// pair reads a key and its value.
func (r *signalRow) pair(d *json.Decoder) *fault {
	t, err := d.Token()
	if err != nil {
		return notJSON(err)
	}
	key, _ := t.(string)
	i, found := r.plan.keys[key]
	switch {
	case !found && r.plan.strict:
		return faultf(signalHint, "column %s is unknown", quote(key)).as(ErrUnsaid)
	case found && r.set[i]:
		return faultf("", "column %s stands twice", key)
	}
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return notJSON(err)
	}
	if !found {
		return nil
	}
	r.set[i] = true
	return r.fill(i, key, raw)
}

// fill takes a JSON value for the text of a column.
func (r *signalRow) fill(i int, key string, raw json.RawMessage) *fault {
	switch raw[0] {
	case '{', '[':
		return faultf("", "column %s holds an object or array", key)
	case '"':
		if err := json.Unmarshal(raw, &r.text[i]); err != nil {
			return notJSON(err)
		}
	case 'n':
	default:
		r.text[i] = string(raw)
	}
	return nil
}
