package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// change is a field that differs: where it stands in the JSON of both sides, and what it was
// and is there. "" is nothing.
type change struct {
	Field string `json:"field"`
	Was   string `json:"was"`
	Is    string `json:"is"`
}

// changes lists the fields in which the JSON of two values differs, sorted.
func changes(was, is any) []change {
	a, b := map[string]string{}, map[string]string{}
	flatten(a, "", was)
	flatten(b, "", is)
	list := []change{}
	all := maps.Clone(a)
	maps.Copy(all, b)
	for _, field := range slices.Sorted(maps.Keys(all)) {
		if a[field] != b[field] {
			list = append(list, change{field, a[field], b[field]})
		}
	}
	return list
}

// flatten writes each value of some JSON under the path to it.
func flatten(into map[string]string, path string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		into[path] = err.Error()
		return
	}
	var x any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&x); err != nil {
		into[path] = err.Error()
		return
	}
	walk(into, path, x)
}

func walk(into map[string]string, path string, x any) {
	switch x := x.(type) {
	case map[string]any:
		for key, value := range x {
			at := key
			if path != "" {
				at = path + "." + key
			}
			walk(into, at, value)
		}
	case []any:
		for i, value := range x {
			walk(into, fmt.Sprintf("%s[%d]", path, i), value)
		}
	case nil:
	default:
		into[path] = fmt.Sprint(x)
	}
}
