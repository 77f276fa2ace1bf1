package tokenmetrics

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// An envelope is what every answer is wrapped in:
//
//	{"success":true,"message":"…","length":2,"data":[…]}
type envelope struct {
	success *bool
	message string
	length  *int
	rows    []json.RawMessage
	list    bool            // data is a list
	data    json.RawMessage // where it is none
	extra   map[string]json.RawMessage
}

// parseEnvelope reads an answer. After an error the envelope holds what came before it.
func parseEnvelope(body []byte) (*envelope, error) {
	e := &envelope{extra: map[string]json.RawMessage{}}
	dec := json.NewDecoder(bytes.NewReader(body))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return e, errors.New("it is no JSON object")
	}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return e, truncated(err)
		}
		if err := e.field(dec, t.(string), body); err != nil {
			return e, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return e, truncated(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return e, errors.New("something follows the JSON object")
	}
	return e, nil
}

func (e *envelope) field(dec *json.Decoder, name string, body []byte) error {
	if name == "data" && startsList(body[dec.InputOffset():]) {
		return e.readRows(dec)
	}
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return truncated(err)
	}
	var err error
	switch name {
	case "success":
		var success bool
		if err = json.Unmarshal(raw, &success); err != nil || string(raw) == "null" {
			return fmt.Errorf("success is %.40q", raw)
		}
		e.success = &success
	case "message":
		err = json.Unmarshal(raw, &e.message)
	case "length":
		e.length, err = readLength(raw)
	case "data":
		e.data = raw
	default:
		err = errUnknown
	}
	if err != nil {
		e.extra[name] = raw
	}
	return nil
}

// readLength reads a number of rows, which may be text.
func readLength(raw json.RawMessage) (*int, error) {
	n, err := parseNumber(raw)
	if err != nil || !n.Valid || !n.Decimal.IsInteger() || n.Decimal.NumDigits()+int(n.Decimal.Exponent()) > 18 {
		return nil, errUnknown
	}
	length := int(n.Decimal.IntPart())
	return &length, nil
}

// errUnknown marks a field that is not documented, or not of the documented type.
var errUnknown = errors.New("unknown")

// startsList reports whether what follows a name is a list.
func startsList(rest []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(rest, ": \t\r\n"), []byte("["))
}

// mostRows bounds the rows of an answer, which cost more memory than their bytes; a
// thousand are the most that the API was seen to give.
const mostRows = 100_000

func (e *envelope) readRows(dec *json.Decoder) error {
	if _, err := dec.Token(); err != nil {
		return truncated(err)
	}
	e.list = true
	for dec.More() {
		if len(e.rows) == mostRows {
			return fmt.Errorf("it has more than %d rows", mostRows)
		}
		var row json.RawMessage
		if err := dec.Decode(&row); err != nil {
			return fmt.Errorf("row %d: %w", len(e.rows)+1, truncated(err))
		}
		e.rows = append(e.rows, row)
	}
	_, err := dec.Token()
	return truncated(err)
}

// truncated says of the end of the input what it means.
func truncated(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends in the middle")
	}
	return err
}
