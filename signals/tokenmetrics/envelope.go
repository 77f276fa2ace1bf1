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
	var into any
	switch name {
	case "success":
		into = &e.success
	case "message":
		into = &e.message
	case "length":
		into = &e.length
	case "data":
		if startsList(body[dec.InputOffset():]) {
			return e.readRows(dec)
		}
		into = &e.data
	default:
		var raw json.RawMessage
		err := dec.Decode(&raw)
		e.extra[name] = raw
		return truncated(err)
	}
	var wrong *json.UnmarshalTypeError
	err := dec.Decode(into)
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s is a %s", name, wrong.Value)
	}
	return truncated(err)
}

// startsList reports whether what follows a name is a list.
func startsList(rest []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(rest, ": \t\r\n"), []byte("["))
}

func (e *envelope) readRows(dec *json.Decoder) error {
	if _, err := dec.Token(); err != nil {
		return truncated(err)
	}
	e.list = true
	for dec.More() {
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
