package barfile

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// A table finds the columns of a kind of file: by its header, by what was asked for,
// or by their number.
type table struct {
	kind      *tableKind
	asked     map[string]string // the number or the heading of a column
	delimiter byte              // 0 before the first row or header
	index     []int             // where each column stands in a row, -1 where it does not
	count     int               // fields of a row; 0 until the header or the first whole row
	heading   string            // of the times, where there is a header
	width     int               // fields of the row that was read last
	fields    []string          // of that row, as the kind orders them
}

// A tableKind is what the rows of a kind of file hold.
type tableKind struct {
	columns []tableColumn
	bare    func(n int) []int // where they stand in a row of n fields without a header, or nil
	expect  string            // how many fields such a row has
	hint    string
}

// A tableColumn has a name, by which it may be asked for, and headings, the likeliest first.
type tableColumn struct {
	name     string
	headings []string
	optional bool
}

// timeHeadings are the headings of times in files of all kinds, beside their own.
var timeHeadings = strings.Fields("timestamp_ms timestamp ts_ms ts_s ts unix_timestamp unix_time unix time_ms time_s time datetime date_time date")

// parseAsked reads what Options.Columns asks for.
func (k *tableKind) parseAsked(text string) (map[string]string, error) {
	if text == "" {
		return nil, nil
	}
	asked := map[string]string{}
	for _, pair := range strings.Split(text, ",") {
		name, where, ok := strings.Cut(pair, "=")
		name, where = strings.TrimSpace(name), strings.TrimSpace(where)
		known := slices.ContainsFunc(k.columns, func(c tableColumn) bool { return c.name == name })
		if !ok || !known || where == "" || asked[name] != "" {
			return nil, &market.Error{
				Class: market.Usage, Err: fmt.Errorf("columns %s: %s does not name a column of %s once", quote(text), quote(pair), k.names()),
				Hint: "give a heading or a number for each, as in time=Date,open=Open or time=1,open=2",
			}
		}
		asked[name] = where
	}
	return asked, nil
}

func (k *tableKind) names() string {
	var names []string
	for _, c := range k.columns {
		names = append(names, c.name)
	}
	return strings.Join(names, ", ")
}

// row returns the fields of a line without its '\n', in the order of the kind: "" for a
// column that is not there, and nil for a header or a remark above it.
func (t *table) row(line []byte) ([]string, *fault) {
	if len(line) > maxLine {
		return nil, longLine(len(line))
	}
	first := t.delimiter == 0
	if first && isRemark(line) {
		return nil, nil
	}
	text := strings.TrimSuffix(string(line), "\r")
	delimiter := t.delimiter
	if first {
		delimiter = findDelimiter(text)
	}
	fields, f := splitAt(text, delimiter)
	if f != nil {
		return nil, f
	}
	if t.delimiter = delimiter; first && t.isHeader(fields) {
		return nil, t.header(fields)
	}
	return t.pick(fields)
}

// pick puts the fields of a row into the order of the kind.
func (t *table) pick(fields []string) ([]string, *fault) {
	if t.width = len(fields); t.width != t.count && t.count > 0 {
		hint := t.kind.hint
		if len(t.asked) > 0 {
			hint = "check that it is whole"
		}
		return nil, faultf(hint, "the row has %d columns where %d are expected", t.width, t.count)
	}
	if t.count == 0 {
		if f := t.bare(t.width); f != nil {
			return nil, f
		}
	}
	t.fields = t.fields[:0]
	for _, i := range t.index {
		if i < 0 {
			t.fields = append(t.fields, "")
		} else {
			t.fields = append(t.fields, fields[i])
		}
	}
	return t.fields, nil
}

// isBare reports whether the columns were found by their number.
func (t *table) isBare() bool { return t.heading == "" && len(t.asked) == 0 }

// keep says that the row that was read last is whole: others must be like it.
func (t *table) keep() { t.count = t.width }

// bare finds the columns of a row of n fields without a header.
func (t *table) bare(n int) *fault {
	if len(t.asked) == 0 {
		if t.index = t.kind.bare(n); t.index == nil {
			return faultf(t.kind.hint, "the row has %d columns where %s are expected", n, t.kind.expect)
		}
		return nil
	}
	t.index = make([]int, len(t.kind.columns))
	for k, c := range t.kind.columns {
		at, number := t.number(c)
		switch {
		case number && at < n && slices.Contains(t.index[:k], at):
			return t.twice(k, at)
		case number && at < n:
			t.index[k] = at
		case number:
			return fatal(faultf("count from 1", "%s is asked for in column %d, and the row has %d", c.name, at+1, n))
		case c.optional:
			t.index[k] = -1
		default:
			return fatal(faultf("give the number of each of "+t.kind.names(), "there is no header, and the columns asked for lack %s", c.name))
		}
	}
	return nil
}

// twice says that two columns stand in one place.
func (t *table) twice(k, at int) *fault {
	first := t.kind.columns[slices.Index(t.index[:k], at)].name
	return fatal(faultf("name one column for each", "%s and %s are both asked for in column %d", first, t.kind.columns[k].name, at+1))
}

// number returns the place, from 0, where a column was asked for by number.
func (t *table) number(c tableColumn) (int, bool) {
	n, err := strconv.ParseUint(t.asked[c.name], 10, 31)
	return int(n) - 1, err == nil && n > 0
}

// isHeader reports whether the fields of a first line are headings rather than values.
func (t *table) isHeader(fields []string) bool {
	at := 0
	for _, c := range t.kind.columns {
		n, number := t.number(c)
		switch {
		case t.asked[c.name] == "":
		case !number:
			return true
		case c.name == "time" && n < len(fields):
			at = n
		}
	}
	return isHeader(fields[at])
}

// isHeader reports whether a first field names a column rather than a time. A column
// without a heading is the index that pandas writes.
func isHeader(field string) bool {
	return strings.TrimSpace(field) == "" || startsWithLetter(field)
}

func startsWithLetter(field string) bool {
	c := strings.TrimSpace(field) + " "
	return c[0] >= 'a' && c[0] <= 'z' || c[0] >= 'A' && c[0] <= 'Z'
}

// header finds the columns by their headings.
func (t *table) header(fields []string) *fault {
	names := make([]string, len(fields))
	for i, field := range fields {
		names[i] = normal(field)
	}
	t.index, t.count = make([]int, len(t.kind.columns)), len(fields)
	for k, c := range t.kind.columns {
		at, f := t.find(c, fields, names)
		if f != nil {
			return fatal(f)
		}
		if at >= 0 && slices.Contains(t.index[:k], at) {
			return t.twice(k, at)
		}
		if t.index[k] = at; c.name == "time" {
			t.heading = names[at]
		}
	}
	return nil
}

// find returns where a column stands under a header, or -1 where it may be absent.
func (t *table) find(c tableColumn, fields, names []string) (int, *fault) {
	headings := c.headings
	if asked := t.asked[c.name]; asked != "" {
		at, number := t.number(c)
		switch {
		case number && at < len(fields):
			return at, nil
		case number:
			return 0, faultf("count from 1", "%s is asked for in column %d, and the header has %d", c.name, at+1, len(fields))
		}
		if at := slices.Index(fields, asked); at >= 0 {
			return at, nil
		}
		headings = []string{normal(asked)}
	}
	for _, heading := range headings {
		at := slices.Index(names, heading)
		if at < 0 {
			continue
		}
		if slices.Contains(names[at+1:], heading) {
			return 0, faultf("name another, or give its number", "the header has %s twice", quote(fields[at]))
		}
		return at, nil
	}
	if c.optional {
		return -1, nil
	}
	shown := strings.Join(fields[:min(len(fields), 20)], ",")
	if asked := t.asked[c.name]; asked != "" {
		return 0, faultf("give a heading as it stands there, or the number of a column, from 1", "the header %s has no %s, where %s is asked for", quoteUpTo(shown, 200), quote(asked), c.name)
	}
	return 0, faultf(fmt.Sprintf("%s; data import takes other names with --columns \"%s=…\"", t.kind.hint, c.name), "the header %s has no %s", quoteUpTo(shown, 200), c.name)
}

// normal is how headings are compared.
func normal(heading string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(heading)))
}

// isRemark reports whether a line above the header is a comment or an address.
func isRemark(line []byte) bool {
	line = bytes.TrimLeft(line, " \"")
	for _, start := range []string{"#", "http://", "https://", "www."} {
		if bytes.HasPrefix(line, []byte(start)) {
			return true
		}
	}
	return false
}

// findDelimiter returns what most often stands between the fields of a line.
func findDelimiter(line string) byte {
	best := byte(',')
	for _, d := range []byte{';', '\t'} {
		if strings.Count(line, string(d)) > strings.Count(line, string(best)) {
			best = d
		}
	}
	return best
}

// splitFields cuts a line at its commas; see splitAt.
func splitFields(line string) ([]string, *fault) { return splitAt(line, ',') }

// splitAt cuts a line at its delimiters. Fields may stand in double quotes, with ""
// for a quote, but may not hold a line break.
func splitAt(line string, delimiter byte) ([]string, *fault) {
	if strings.IndexByte(line, '"') < 0 {
		return strings.Split(line, string(rune(delimiter))), nil
	}
	var fields []string
	for {
		field, rest, f := cutField(line, delimiter)
		if f != nil {
			return nil, f
		}
		fields = append(fields, field)
		if rest == "" {
			return fields, nil
		}
		line = rest[1:]
	}
}

// cutField returns the first field of a line, and the rest from its delimiter on.
func cutField(line string, delimiter byte) (field, rest string, f *fault) {
	if !strings.HasPrefix(line, `"`) {
		if i := strings.IndexByte(line, delimiter); i >= 0 {
			return line[:i], line[i:], nil
		}
		return line, "", nil
	}
	var b strings.Builder
	for line = line[1:]; ; line = line[1:] {
		i := strings.IndexByte(line, '"')
		if i < 0 {
			return "", "", faultf("close the quote on the line where it opens", "a quoted field does not end")
		}
		b.WriteString(line[:i])
		line = line[i+1:]
		if !strings.HasPrefix(line, `"`) {
			break
		}
		b.WriteByte('"')
	}
	if line != "" && line[0] != delimiter {
		return "", "", faultf("double the quotes inside a quoted field", "text follows a quoted field")
	}
	return b.String(), line, nil
}
