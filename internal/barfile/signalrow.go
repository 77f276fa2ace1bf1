package barfile

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
)

// header learns the order of the columns of a CSV file.
func (p *signalParser) header(line []byte) *fault {
	fields, f := splitFields(string(line))
	if f != nil {
		return f
	}
	var seen [signalColumns]bool
	for _, name := range fields {
		i, f := signalColumn(strings.ToLower(strings.TrimSpace(name)))
		if f != nil {
			return f
		}
		if seen[i] {
			return faultf(signalHint, "column %s stands twice", signalNames[i])
		}
		seen[i] = true
		p.order = append(p.order, i)
	}
	for _, i := range [...]int{colEffective, colValue} {
		if !seen[i] {
			return faultf(signalHint, "column %s is missing from the header", signalNames[i])
		}
	}
	return nil
}

// csvRow reads a line of CSV.
func (p *signalParser) csvRow(line []byte) (*signalRow, *fault) {
	fields, f := splitFields(string(line))
	if f != nil {
		return nil, f
	}
	if len(fields) != len(p.order) {
		return nil, faultf("put fields with commas in double quotes", "the row has %d columns where the header has %d", len(fields), len(p.order))
	}
	var row signalRow
	for i, field := range fields {
		row.text[p.order[i]] = strings.TrimSpace(field)
		row.set[p.order[i]] = true
	}
	return &row, nil
}

// jsonRow reads a line that is one JSON object with columns for keys.
func jsonRow(line []byte) (*signalRow, *fault) {
	d := json.NewDecoder(bytes.NewReader(line))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, faultf("write one object a line", "the line is not a JSON object")
	}
	var row signalRow
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
	return &row, nil
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
	i, f := signalColumn(key)
	switch {
	case f != nil:
		return f
	case r.set[i]:
		return faultf("", "column %s stands twice", key)
	}
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return notJSON(err)
	}
	r.set[i] = true
	return r.fill(i, raw)
}

// fill takes a JSON value for the text of a column.
func (r *signalRow) fill(i int, raw json.RawMessage) *fault {
	switch raw[0] {
	case '{', '[':
		return faultf("", "column %s holds an object or array", signalNames[i])
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
