package app_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/app"
	"github.com/signalman-trading/signalman/internal/datacheck"
)

const hour = 3_600_000

// walkedLines are n rows of clean hourly candles, with their header.
func walkedLines(n int, seed uint64) []string {
	random := rand.New(rand.NewPCG(seed, 2))
	lines := []string{"open_time_ms,open,high,low,close,volume"}
	price := 10_000.0
	for k := range n {
		open := price
		price = math.Round(price*(1+0.006*(random.Float64()-0.5))*100) / 100
		lines = append(lines, fmt.Sprintf("%d,%.2f,%.2f,%.2f,%.2f,%.3f", 1_609_459_200_000+k*hour, open, max(open, price)+5, min(open, price)-5, price, 1+9*random.Float64()))
	}
	return lines
}

// A damaged file is one way of breaking a file at a line, which counts from 1, the header
// being the first.
type damagedFile struct {
	name   string
	broken func(lines []string, i int) []string
	// want lists what must be found as KIND LINE ×BARS, by kind, where I is the line, J the
	// next one and L the last, and a gap, which has no line, is named by the line from which
	// its first bar came.
	want string
}

// setField replaces a field of a line.
func setField(column int, value func(string) string) func([]string, int) []string {
	return func(lines []string, i int) []string {
		fields := strings.Split(lines[i-1], ",")
		fields[column] = value(fields[column])
		lines[i-1] = strings.Join(fields, ",")
		return lines
	}
}

func text(s string) func(string) string { return func(string) string { return s } }

func insert(lines []string, at int, more ...string) []string {
	return slices.Insert(slices.Clone(lines), at, more...)
}

// eachLine changes all lines.
func eachLine(change func(string) string) func([]string, int) []string {
	return func(lines []string, _ int) []string {
		for k := range lines {
			lines[k] = change(lines[k])
		}
		return lines
	}
}

// times replaces the time of a line by another.
func times(line string, change func(ms int) int) string {
	var ms int
	stamp, rest, _ := strings.Cut(line, ",")
	if _, err := fmt.Sscan(stamp, &ms); err != nil {
		return line
	}
	return fmt.Sprintf("%d,%s", change(ms), rest)
}

// scaledLine multiplies the prices of a line.
func scaledLine(line string, by float64) string {
	var ms int
	var open, high, low, last, volume float64
	if _, err := fmt.Sscanf(line, "%d,%g,%g,%g,%g,%g", &ms, &open, &high, &low, &last, &volume); err != nil {
		return line
	}
	return fmt.Sprintf("%d,%.2f,%.2f,%.2f,%.2f,%.3f", ms, open*by, high*by, low*by, last*by, volume)
}

// A row that is left out leaves a gap, which is part of what must be found.
var damagedFiles = []damagedFile{
	{"nothing", func(l []string, _ int) []string { return l }, ""},
	{"lines that end as Windows has them", eachLine(func(s string) string { return s + "\r" }), ""},
	{"a mark at the start", func(l []string, _ int) []string { l[0] = "\ufeff" + l[0]; return l }, ""},
	{"no header", func(l []string, _ int) []string { return l[1:] }, ""},
	{"quoted fields", eachLine(func(s string) string { return `"` + strings.ReplaceAll(s, ",", `","`) + `"` }), ""},
	{"newest first", func(l []string, _ int) []string { slices.Reverse(l[1:]); return l }, ""},
	{"seconds", func(l []string, i int) []string {
		l = eachLine(func(s string) string { return times(s, func(ms int) int { return ms / 1000 }) })(l, i)
		l[0] = strings.Replace(l[0], "_ms", "", 1)
		return l
	}, ""},

	{"two rows swapped", func(l []string, i int) []string { l[i-1], l[i] = l[i], l[i-1]; return l }, "unsorted J ×1, gap I ×1"},
	{"a row twice", func(l []string, i int) []string { return insert(l, i, l[i-1]) }, "duplicate J ×1"},
	{"a row twice, with another price", func(l []string, i int) []string { return insert(l, i, scaledLine(l[i-1], 2)) }, "duplicate J ×1"},
	{"three rows missing", func(l []string, i int) []string { return slices.Delete(l, i-1, i+2) }, "gap I ×3"},
	{"a time off the grid", func(l []string, i int) []string {
		l[i-1] = times(l[i-1], func(ms int) int { return ms + 7000 })
		return l
	}, "off_grid I ×1, gap I ×1"},
	{"half-hourly rows among them", func(l []string, i int) []string {
		return insert(l, i, times(l[i-1], func(ms int) int { return ms + hour/2 }))
	}, "off_grid J ×1"},
	{"high below open", setField(2, text("1")), "impossible I ×1, gap I ×1"},
	{"low above close", setField(3, text("99999")), "impossible I ×1, gap I ×1"},
	{"a price of zero", setField(3, text("0")), "impossible I ×1, gap I ×1"},
	{"a price below zero", setField(1, func(s string) string { return "-" + s }), "impossible I ×1, gap I ×1"},
	{"a volume below zero", setField(5, text("-1")), "impossible I ×1, gap I ×1"},
	{"NaN", setField(4, text("NaN")), "unreadable I ×1, gap I ×1"},
	{"Inf", setField(2, text("Inf")), "unreadable I ×1, gap I ×1"},
	{"a number that is too large", setField(5, text("1e999")), "unreadable I ×1, gap I ×1"},
	{"an empty field", setField(4, text("")), "unreadable I ×1, gap I ×1"},
	{"a word", setField(0, text("yesterday")), "unreadable I ×1, gap I ×1"},
	{"a thousands separator", setField(4, text("10,000.00")), "unreadable I ×1, gap I ×1"},
	{"a thousands separator in quotes", setField(4, text(`"10,000.00"`)), "unreadable I ×1, gap I ×1"},
	{"a decimal comma", setField(4, text(`"9999,50"`)), "unreadable I ×1, gap I ×1"},
	{"a blank line", func(l []string, i int) []string { return insert(l, i-1, "") }, "unreadable I ×1"},
	{"a header in the middle", func(l []string, i int) []string { return insert(l, i-1, l[0]) }, "unreadable I ×1"},
	{"a last line that was cut", func(l []string, _ int) []string {
		l[len(l)-1] = l[len(l)-1][:25]
		return l
	}, "unreadable L ×1"},
	{"another unit from a row on", func(l []string, i int) []string {
		for k := range l[i-1:] {
			l[i-1+k] = times(l[i-1+k], func(ms int) int { return ms * 1000 })
		}
		return l
	}, "unreadable I..L ×1"},
	{"the file once more below", func(l []string, _ int) []string { return append(l[:len(l):len(l)], l[1:len(l)-1]...) }, "unsorted M..2M ×1"},
	{"open and high exchanged", eachLine(func(s string) string {
		f := strings.Split(s, ",")
		if f[0][0] != 'o' {
			f[1], f[2] = f[2], f[1]
		}
		return strings.Join(f, ",")
	}), "impossible 2..L ×1"},

	{"one bar ten times as high", func(l []string, i int) []string { l[i-1] = scaledLine(l[i-1], 10); return l }, "spike I ×1"},
	{"one high ten times as high", setField(2, func(s string) string { return s[:len(s)-3] + "0" + s[len(s)-3:] }), "spike I ×1"},
	{"prices in cents from a row on", func(l []string, i int) []string {
		for k := range l[i-1:] {
			l[i-1+k] = scaledLine(l[i-1+k], 100)
		}
		return l
	}, "scale I ×1"},
	{"prices of another market from a row on", func(l []string, i int) []string {
		for k := range l[i-1:] {
			l[i-1+k] = scaledLine(l[i-1+k], 3)
		}
		return l
	}, "jump I ×1"},
	{"no volume for seven hours", func(l []string, i int) []string {
		for k := range 7 {
			l = setField(5, text("0"))(l, i+k)
		}
		return l
	}, "zero_volume I ×7"},
	{"a feed that stopped for seven hours", func(l []string, i int) []string {
		_, stale, _ := strings.Cut(l[i-1], ",")
		for k := 1; k < 7; k++ {
			stamp, _, _ := strings.Cut(l[i-1+k], ",")
			l[i-1+k] = stamp + "," + stale
		}
		return l
	}, "stale I ×7"},
	{"a last bar that is not over", func(l []string, _ int) []string {
		moved := (int(time.Now().UnixMilli()/hour)-1_609_459_200_000/hour)*hour - (len(l)-2)*hour
		return eachLine(func(s string) string { return times(s, func(ms int) int { return ms + moved }) })(l, 0)
	}, "unfinished L ×1"},
}

// foundIn checks files and lists what was found as damagedFile.want does. Bars without a
// line of their own get that of the row at their time in the file before it was broken.
func foundIn(t *testing.T, clean []string, files ...string) []string {
	t.Helper()
	var out, errs bytes.Buffer
	app.Run(t.Context(), app.Default(), append([]string{"data", "check", "--format", "json", "--symbol", "XRPUSDT", "--all"}, files...), &out, &errs)
	var got struct {
		Series []struct {
			Findings []struct {
				Kind string
				Row  int
				From time.Time
				Bars int
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err, errs.String())
	}
	var list []string
	for _, s := range got.Series {
		for _, f := range s.Findings {
			line := f.Row
			if kind := datacheck.Kind(f.Kind); !kind.Error() { // what a gap lacks has no line in the file
				stamp := fmt.Sprintf("%d,", f.From.UnixMilli())
				line = 1 + slices.IndexFunc(clean, func(s string) bool { return strings.HasPrefix(s, stamp) })
			}
			list = append(list, fmt.Sprintf("%s %d ×%d", f.Kind, line, f.Bars))
		}
	}
	return list
}

// expected writes out what a damage at a line must be found as.
func (d damagedFile) expected(i, last int) []string {
	var list []string
	for _, w := range strings.Split(d.want, ", ") {
		switch {
		case w == "":
			continue
		case strings.Contains(w, ".."):
			kind, span, _ := strings.Cut(strings.TrimSuffix(w, " ×1"), " ")
			from, to := map[string]int{"I": i, "M": last + 1, "2": 2}[strings.Split(span, "..")[0]], last
			if strings.HasSuffix(span, "2M") {
				to = 2*last - 2
			}
			for k := from; k <= to; k++ {
				list = append(list, fmt.Sprintf("%s %d ×1", kind, k))
			}
			continue
		}
		list = append(list, strings.NewReplacer("I", fmt.Sprint(i), "J", fmt.Sprint(i+1), "L", fmt.Sprint(last)).Replace(w))
	}
	slices.Sort(list)
	return list
}

// TestDamagedFiles finds each kind of damage to a file as what it is, at its line, and
// nothing else.
func TestDamagedFiles(t *testing.T) {
	const rows = 400
	path := filepath.Join(t.TempDir(), "XRPUSDT-1h.csv")
	for _, d := range damagedFiles {
		t.Run(d.name, func(t *testing.T) {
			for _, i := range []int{12, 200, rows - 20} {
				broken := d.broken(walkedLines(rows, uint64(i)), i)
				if err := os.WriteFile(path, []byte(strings.Join(broken, "\n")+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				clean := walkedLines(rows, uint64(i))
				if d.want == "unfinished L ×1" {
					clean = broken
				}
				got := foundIn(t, clean, path)
				slices.Sort(got)
				if want := d.expected(i, rows+1); !slices.Equal(got, want) {
					t.Errorf("at line %d: found %.300q, want %.300q", i, got, want)
				}
			}
		})
	}
}

// TestDamagedFilesCombined breaks a file in several ways at once, well apart, and finds
// each as if it were alone.
func TestDamagedFilesCombined(t *testing.T) {
	const rows = 400
	var local []damagedFile // those that touch the lines about one alone
	for _, d := range damagedFiles {
		if strings.ContainsAny(d.want, "IJ") && !strings.Contains(d.want, "..") && !strings.Contains(d.name, "from a row on") {
			local = append(local, d)
		}
	}
	path := filepath.Join(t.TempDir(), "XRPUSDT-1h.csv")
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 3))
		clean, lines := walkedLines(rows, seed), walkedLines(rows, seed)
		var chosen []damagedFile
		var at, grown []int
		for i := rows - 20; i > 12; i -= 20 + random.IntN(150) {
			d := local[random.IntN(len(local))]
			before := len(lines)
			lines = d.broken(lines, i)
			chosen, at, grown = append(chosen, d), append(at, i), append(grown, len(lines)-before)
		}
		var want []string
		moved := 0
		for k := len(chosen) - 1; k >= 0; k-- { // from the top: what was put in above moves the lines below, but not the times of gaps
			for _, w := range chosen[k].expected(at[k]+moved, 0) {
				if kind := strings.Fields(w)[0]; !slices.Contains([]string{"unreadable", "unsorted", "duplicate", "off_grid", "impossible"}, kind) {
					w = strings.Replace(w, fmt.Sprintf(" %d ", at[k]+moved), fmt.Sprintf(" %d ", at[k]), 1)
				}
				want = append(want, w)
			}
			moved += grown[k]
		}
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		got := foundIn(t, clean, path)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: found %q, want %q", seed, got, want)
		}
	}
}

// TestDisagreeingFiles finds the bar of four hours that those of an hour do not make, in
// each of its fields.
func TestDisagreeingFiles(t *testing.T) {
	dir := t.TempDir()
	fine, coarse := filepath.Join(dir, "XRPUSDT-1h.csv"), filepath.Join(dir, "XRPUSDT-4h.csv")
	for column := range 6 {
		lines := walkedLines(400, 1)
		made := []string{lines[0]}
		for k := 1; k < len(lines); k += 4 {
			made = append(made, merged(t, lines[k:k+4]))
		}
		clean := slices.Clone(made)
		if column > 0 {
			made = setField(column, lastDigit)(made, 50)
		}
		for path, l := range map[string][]string{fine: lines, coarse: made} {
			if err := os.WriteFile(path, []byte(strings.Join(l, "\n")+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got := foundIn(t, clean, fine, coarse)
		switch {
		case column == 0 && len(got) == 0:
		case column > 0 && slices.Equal(got, []string{"disagreement 50 ×1"}):
		default:
			t.Errorf("column %d: found %q", column, got)
		}
	}
}

// lastDigit adds one to the last digit of a number.
func lastDigit(s string) string {
	whole, fraction, _ := strings.Cut(s, ".")
	var n int
	if _, err := fmt.Sscan(whole+fraction, &n); err != nil {
		return s
	}
	text := fmt.Sprint(n + 1)
	for len(text) <= len(fraction) {
		text = "0" + text
	}
	return text[:len(text)-len(fraction)] + "." + text[len(text)-len(fraction):]
}

// merged makes one row of several.
func merged(t *testing.T, lines []string) string {
	t.Helper()
	var first, open, last string
	high, low, volume := 0.0, math.Inf(1), 0.0
	for k, line := range lines {
		f := strings.Split(line, ",")
		if k == 0 {
			first, open = f[0], f[1]
		}
		var h, l, v float64
		if _, err := fmt.Sscan(f[2]+" "+f[3]+" "+f[5], &h, &l, &v); err != nil {
			t.Fatal(err)
		}
		last, high, low, volume = f[4], max(high, h), min(low, l), volume+v
	}
	return fmt.Sprintf("%s,%s,%.2f,%.2f,%s,%.3f", first, open, high, low, last, volume)
}

// TestDamagedStore flips bits all over a store: whatever it says of the bars then, it is
// either what it said before, or an error. It never gives other bars.
func TestDamagedStore(t *testing.T) {
	dir := t.TempDir()
	csv := filepath.Join(dir, "XRPUSDT-1h.csv")
	if err := os.WriteFile(csv, []byte(strings.Join(walkedLines(3000, 1), "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(dir string) (int, string) {
		var out bytes.Buffer
		code := app.Run(t.Context(), app.Default(), []string{"data", "check", "--data", dir}, &out, &out)
		return code, out.String()
	}
	if code := app.Run(t.Context(), app.Default(), []string{"data", "import", csv, "--data", dir}, &bytes.Buffer{}, &bytes.Buffer{}); code != 0 {
		t.Fatal("import: exit code ", code)
	}
	db := filepath.Join(dir, "history.db")
	whole, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	code, want := check(dir)
	if code != 0 {
		t.Fatal(want)
	}
	random, caught, named := rand.New(rand.NewPCG(1, 1)), 0, 0
	for range 300 {
		broken := slices.Clone(whole)
		at := random.IntN(len(broken))
		broken[at] ^= 1 << random.IntN(8)
		if err := os.WriteFile(db, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		code, got := check(dir)
		switch {
		case code == 3:
			caught++
			if strings.Contains(got, "error: 1 part that cannot be read") {
				named++
			}
		case code != 0 || !strings.HasSuffix(got, want): // a note on a head of the file may stand before it
			t.Fatalf("a bit of byte %d: exit code %d\n%s", at, code, got)
		}
	}
	if caught < 20 || named < 20 {
		t.Errorf("%d of 300 flips were caught, %d as a damaged series: the test hits too little", caught, named)
	}
}

// TestKnownBadFile refuses a recorded file whose highs are its closes, for being just
// that: high below open on every day that fell. Its columns are time, volume, open, high,
// low and close.
func TestKnownBadFile(t *testing.T) {
	dir := cmp.Or(os.Getenv("SIGNALMAN_DATA"), "../../shared/data")
	path := filepath.Join(dir, "rest-gocryptotrader", "binance_BTCUSDT_24h_2019_01_01_2020_01_01.csv.xz")
	if _, err := os.Stat(path); err != nil {
		t.Skip("the recorded market data is not at hand: set SIGNALMAN_DATA: ", err)
	}
	layout := []string{"--symbol", "BTCUSDT", "--interval", "1d", "--columns", "time=1,volume=2,open=3,high=4,low=5,close=6"}
	var out, errs bytes.Buffer
	code := app.Run(t.Context(), app.Default(), append([]string{"data", "check", path, "--format", "json", "--all"}, layout...), &out, &errs)
	var got struct {
		Series []struct {
			Bars     int
			Findings []struct{ Kind, Text string }
		}
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || code != 3 {
		t.Fatal(code, err, errs.String())
	}
	impossible := 0
	for _, f := range got.Series[0].Findings {
		switch {
		case f.Kind == "gap":
		case f.Kind == "impossible" && strings.Contains(f.Text, "is below open"):
			impossible++
		default:
			t.Errorf("%+v", f)
		}
	}
	if impossible != 176 || got.Series[0].Bars != 189 {
		t.Errorf("%d days that fell and %d other days, want 176 and 189", impossible, got.Series[0].Bars)
	}
	out.Reset()
	code = app.Run(t.Context(), app.Default(), append([]string{"data", "import", path, "--data", t.TempDir()}, layout...), &out, &out)
	if code != 3 || !strings.Contains(out.String(), "csv.xz:3: high 3766.78 is below open 3857.57 or close 3766.78") {
		t.Errorf("import: exit code %d\n%s", code, out.String())
	}
}
