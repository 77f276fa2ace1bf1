package jsonrow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-openapi/jsonpointer"
)

// A Field is a part of a row. Text that begins with / is a JSON pointer from the row to
// where the part stands ("/data/0/value"); any other text is the part itself ("BTC").
// "" is a part that the mapping does not have.
type Field string

// memberName is the Field for the name under which the row stands in an object of rows.
const memberName Field = "{name}"

// UnmarshalText refuses what begins as a pointer and is none.
func (f *Field) UnmarshalText(b []byte) error {
	*f = Field(b)
	_, err := f.compile()
	return err
}

// Pointer is a JSON pointer, which begins with /; "" points to the whole document.
type Pointer string

// UnmarshalText refuses what is no pointer.
func (p *Pointer) UnmarshalText(b []byte) error {
	*p = Pointer(b)
	_, err := p.compile()
	return err
}

func (p Pointer) compile() (*jsonpointer.Pointer, error) {
	for rest := string(p); ; {
		i := strings.IndexByte(rest, '~')
		if i < 0 {
			break
		}
		if rest = rest[i+1:]; rest == "" || rest[0] != '0' && rest[0] != '1' {
			return nil, fmt.Errorf("%q is no JSON pointer: write ~0 for ~, and ~1 for / in a name", string(p))
		}
	}
	made, err := jsonpointer.New(string(p))
	if err != nil {
		return nil, fmt.Errorf("%q is no JSON pointer: it begins with / and names what to go down, as /data/0/value", string(p))
	}
	return &made, nil
}

// Get returns what p points to in a document, and false where it leads nowhere.
func (p Pointer) Get(doc any) (any, bool) {
	made, err := p.compile()
	if err != nil {
		return nil, false
	}
	return lookup(made, doc)
}

func lookup(p *jsonpointer.Pointer, doc any) (any, bool) {
	v, _, err := p.Get(doc)
	return v, err == nil
}

// part is a Field that is ready for use.
type part struct {
	text Field
	at   *jsonpointer.Pointer // nil: text is the part itself
}

func (f Field) compile() (part, error) {
	if !f.Points() {
		return part{text: f}, nil
	}
	at, err := Pointer(f).compile()
	return part{f, at}, err
}

// Points reports whether f is a pointer.
func (f Field) Points() bool { return strings.HasPrefix(string(f), "/") }

// Constant reports whether f is the part itself.
func (f Field) Constant() bool { return f != "" && f != memberName && !f.Points() }

// element is what one row is made of.
type element struct {
	doc   any
	place string // a pointer to it
	name  string // under which it stands in an object
}

// get returns a part of a row, and false where there is none.
func (p *part) get(e *element) (any, bool) {
	switch {
	case p.at != nil:
		return lookup(p.at, e.doc)
	case p.text == memberName:
		return e.name, true
	}
	return string(p.text), p.text != ""
}

// text returns a part that names something.
func (p *part) name(e *element) (string, error) {
	v, ok := p.get(e)
	switch v := v.(type) {
	case string:
		if v = strings.TrimSpace(v); v != "" {
			return v, nil
		}
	case json.Number:
		return v.String(), nil
	}
	if !ok {
		return "", errors.New("is missing")
	}
	return "", fmt.Errorf("is %s, not a name", show(v))
}

// Decode reads one JSON document, whole. Numbers keep their digits.
func Decode(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the document is empty")
		}
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("no JSON: more follows the document at byte %d", d.InputOffset())
	}
	return doc, unambiguous(body)
}

// unambiguous refuses a document in which a name stands twice in an object: which of them
// counts, readers do not agree on.
func unambiguous(body []byte) error {
	type level struct {
		names map[string]bool // nil in a list
		value bool            // the next token is the value of a name
	}
	d := json.NewDecoder(bytes.NewReader(body))
	open := []level{{}}
	for {
		token, err := d.Token()
		if err != nil {
			return nil // the end: it was read whole before
		}
		at := &open[len(open)-1]
		if name, isText := token.(string); at.names != nil && !at.value && isText {
			if at.names[name] {
				return fmt.Errorf("%.60q stands twice in an object, before byte %d", name, d.InputOffset())
			}
			at.names[name], at.value = true, true
			continue
		}
		at.value = false
		switch token {
		case json.Delim('{'):
			open = append(open, level{names: map[string]bool{}})
		case json.Delim('['):
			open = append(open, level{})
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
	}
}

// show prints what stood in a document, shortened.
func show(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "unreadable"
	}
	if len(text) > 60 {
		return string(bytes.ToValidUTF8(text[:60], nil)) + "…"
	}
	return string(text)
}
