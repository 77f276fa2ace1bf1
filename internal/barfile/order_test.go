package barfile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

// offsets prints rows at milliseconds of 2021, each with a volume of its own.
func offsets(times []int64) string {
	var b strings.Builder
	for i, t := range times {
		fmt.Fprintf(&b, "%d,10,12,9,11,%d.%0*d\n", ms2021+t, i, 1+i%4, 1)
	}
	return b.String()
}

// TestOneRowOutOfPlace moves one row of a clean file to another time: it alone is bad,
// whichever way the file runs and wherever chunks end.
func TestOneRowOutOfPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(5, 40).Draw(t, "rows")
		times := make([]int64, n)
		for i := range times {
			times[i] = int64(100+i) * 60_000
		}
		way := int64(1)
		if rapid.Bool().Draw(t, "falling") {
			slices.Reverse(times)
			way = -1
		}
		unit := rapid.SampledFrom([]int64{60_000, 30_000, 1000, 1}).Draw(t, "unit")
		span := rapid.SampledFrom([]int64{2, 60, 525_600}).Draw(t, "span")
		move := rapid.Int64Range(1, span*60_000/unit).Draw(t, "move") * unit
		k := rapid.IntRange(0, n-3).Draw(t, "row") // the last two rows cannot be told to come too late
		if k > 0 && rapid.Bool().Draw(t, "back") {
			move = -move
		}
		if move == 60_000 {
			move = 120_000 // at the time of the row below, nothing tells which of the two is wrong
		}
		kept := slices.Delete(slices.Clone(times), k, k+1)
		times[k] = max(0, times[k]+way*move)
		lines := slices.Collect(strings.Lines(offsets(times)))
		o := barfile.Chunked(barfile.Options{Interval: market.Minute, SkipBad: true}, rapid.IntRange(1, 12).Draw(t, "chunk"))

		got, s, err := scan(strings.Join(lines, ""), o)
		want, _, _ := scan(strings.Join(slices.Delete(slices.Clone(lines), k, k+1), ""), o)
		if err != nil || s.BadCount != 1 || !strings.HasPrefix(s.Bad[0].Error(), fmt.Sprintf("f.csv:%d: ", k+1)) {
			t.Fatalf("row %d of %v: %v, %v", k, times, err, s.Bad)
		}
		if diff := cmp.Diff(want, got); diff != "" || got.Len() != len(kept) || s.Falling != (way < 0) {
			t.Fatal(s.Falling, diff)
		}

		o.SkipBad = false
		above, _, err := scan(strings.Join(lines, ""), o)
		if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("f.csv:%d: ", k+1)) || above.Len() != k {
			t.Fatalf("row %d of %v: %v with %d rows above", k, times, err, above.Len())
		}
	})
}

// TestWhichRowIsWrong lists the bad rows of files of a few minutes.
func TestWhichRowIsWrong(t *testing.T) {
	const late, early = " is later than the rows below", " is earlier than the rows below"
	const back, forth, twice = " runs backwards: the row above is", " runs forwards where the rows above run backwards", " is a duplicate"
	for text, want := range map[string][]string{
		minutes(0, 1, 90, 3, 4, 5):                {"3:" + late},
		minutes(0, 1, 90, 3):                      {"4:" + back}, // no row below speaks for it
		minutes(0, 1, 90, 3, 91):                  {"4:" + back},
		minutes(0, 1, 90, 3, 90, 91):              {"3:" + late},
		minutes(0, 5, 1, 1, 6):                    {"3:" + back, "4:" + back},
		minutes(0, 5, 5, 4, 6):                    {"3:" + twice, "4:" + back},
		minutes(0, 9, 2, 1, 3, 4):                 {"3:" + back, "2:" + late},
		minutes(90, 1, 2):                         {"1:" + late},
		minutes(90, 1, 2, 3):                      {"1:" + late},
		minutes(90, 1, 91, 92):                    {"2:" + back},
		minutes(9, 8, 7, 0, 6, 5):                 {"4:" + early},
		minutes(0, 9, 8, 7, 6):                    {"1:" + early},
		minutes(9, 0, 7, 6, 5):                    {"2:" + early},
		minutes(9, 8, 90, 7, 6):                   {"3:" + forth},
		minutes(9, 8, 8, 7, 6):                    {"3:" + twice},
		minutes(5, 4, 6):                          {"2:" + back}, // in doubt it rises
		minutes(3, 3, 3):                          {"2:" + twice, "3:" + twice},
		minutes(0, 1, 90) + "x\n" + minutes(3, 4): {"3:" + late, "4: the row has 1 columns"},
	} {
		for chunk := range 4 {
			_, s, err := scan(text, barfile.Chunked(barfile.Options{Interval: market.Minute, SkipBad: true}, chunk))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range s.Bad {
				got = append(got, e.Error())
			}
			slices.Sort(got)
			sorted := slices.Sorted(slices.Values(want))
			if !slices.EqualFunc(got, sorted, func(g, w string) bool {
				line, what, _ := strings.Cut(w, ":")
				return strings.HasPrefix(g, "f.csv:"+line+": ") && strings.Contains(g, what)
			}) {
				t.Errorf("%q in chunks of %d:\n%s", text, chunk, strings.Join(got, "\n"))
			}
		}
	}
}
