package config

import (
	"slices"
	"strings"
)

// Difference is a key whose value is another one.
type Difference struct {
	Table   string // "strategy.trend.params"
	Key     string
	Was, Is string // as TOML; "" where the key is not there
}

// String shows a difference on one line.
func (d Difference) String() string {
	switch {
	case d.Was == "":
		return "[" + d.Table + "] " + d.Key + " = " + d.Is + " (new)"
	case d.Is == "":
		return "[" + d.Table + "] " + d.Key + " = " + d.Was + " (gone)"
	}
	return "[" + d.Table + "] " + d.Key + " = " + d.Was + " -> " + d.Is
}

// Compare lists in what two resolved configurations differ, by table and key.
func Compare(was, is string) (list []Difference) {
	old, fresh := keys(was), keys(is)
	for at, v := range old {
		if fresh[at] != v {
			list = append(list, Difference{at[0], at[1], v, fresh[at]})
		}
	}
	for at, v := range fresh {
		if _, known := old[at]; !known {
			list = append(list, Difference{at[0], at[1], "", v})
		}
	}
	slices.SortFunc(list, func(a, b Difference) int { return strings.Compare(a.Table+"\x00"+a.Key, b.Table+"\x00"+b.Key) })
	return list
}

// keys reads what Resolved writes: a line is a table, or a key and its value.
func keys(resolved string) map[[2]string]string {
	values := map[[2]string]string{}
	table := ""
	for line := range strings.Lines(resolved) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			table = strings.Trim(line, "[]")
			continue
		}
		if key, value, ok := strings.Cut(line, "="); ok {
			values[[2]string{table, strings.TrimSpace(key)}] = strings.TrimSpace(value)
		}
	}
	return values
}
