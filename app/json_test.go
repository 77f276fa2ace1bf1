package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// An object is a JSON object in the order of its keys.
type object struct {
	keys   []string
	values map[string]json.RawMessage
}

// UnmarshalJSON reads an object without losing its order.
func (o *object) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &o.values); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		o.keys = append(o.keys, key.(string))
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			return err
		}
	}
	return nil
}

func readObject(ts *testscript.TestScript, file string) object {
	var o object
	if err := json.Unmarshal([]byte(ts.ReadFile(file)), &o); err != nil {
		ts.Fatalf("%s: %v", file, err)
	}
	return o
}

// shape prints each key with the type of its value, and what the first element of a
// list looks like. Objects whose keys are data are marked by their first key.
func shape(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "shape FILE")
	describe(ts.Stdout(), "", json.RawMessage(ts.ReadFile(args[0])))
}

func describe(w io.Writer, path string, v json.RawMessage) {
	v = bytes.TrimSpace(v)
	switch v[0] {
	case '{':
		var o object
		if err := json.Unmarshal(v, &o); err != nil {
			fmt.Fprintln(w, err)
		}
		for _, k := range o.keys {
			describe(w, strings.TrimPrefix(path+"."+k, "."), o.values[k])
		}
		if len(o.keys) == 0 {
			fmt.Fprintln(w, path, "{}")
		}
	case '[':
		var list []json.RawMessage
		if err := json.Unmarshal(v, &list); err != nil || len(list) == 0 {
			fmt.Fprintln(w, path, "[]")
			return
		}
		describe(w, path+"[]", list[0])
	default:
		fmt.Fprintln(w, path, map[byte]string{'"': "string", 't': "boolean", 'f': "boolean", 'n': "null"}[v[0]]+number(v[0]))
	}
}

func number(first byte) string {
	if first == '-' || first >= '0' && first <= '9' {
		return "number"
	}
	return ""
}

func field(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "field FILE KEY")
	v, ok := readObject(ts, args[0]).values[args[1]]
	if !ok {
		ts.Fatalf("%s has no key %s", args[0], args[1])
	}
	text := string(v)
	if v[0] == '"' {
		ts.Check(json.Unmarshal(v, &text))
	}
	fmt.Fprintf(ts.Stdout(), "%s\n", text)
}

func differ(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "differ FILE FILE KEY...")
	a, b := readObject(ts, args[0]), readObject(ts, args[1])
	if !slices.Equal(a.keys, b.keys) {
		ts.Fatalf("keys %v and %v", a.keys, b.keys)
	}
	for _, k := range a.keys {
		if same := bytes.Equal(a.values[k], b.values[k]); same == slices.Contains(args[2:], k) {
			ts.Fatalf("%s: equal %t\n%.300s\n%.300s", k, same, a.values[k], b.values[k])
		}
	}
}
