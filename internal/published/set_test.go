package published_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/internal/published"
	"github.com/signalman-trading/signalman/market"
)

func at(t *testing.T, text string) market.Time {
	t.Helper()
	v, err := market.ParseTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

var minutes = published.Set{Kind: published.Candles, Symbol: "BTCUSDT", Interval: market.Minute}

// Paths are those of the archive.
func TestPaths(t *testing.T) {
	from, to := at(t, "2024-01-30"), at(t, "2024-03-02")
	for _, c := range []struct {
		set  published.Set
		want string
	}{
		{minutes, `data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-30.zip
data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-31.zip
data/spot/monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2024-02.zip
data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-03-01.zip`},
		{published.Set{Futures: true, Kind: published.Trades, Symbol: "ETHUSDT"}, `data/futures/um/daily/aggTrades/ETHUSDT/ETHUSDT-aggTrades-2024-01-30.zip
data/futures/um/daily/aggTrades/ETHUSDT/ETHUSDT-aggTrades-2024-01-31.zip
data/futures/um/monthly/aggTrades/ETHUSDT/ETHUSDT-aggTrades-2024-02.zip
data/futures/um/daily/aggTrades/ETHUSDT/ETHUSDT-aggTrades-2024-03-01.zip`},
		{published.Set{Futures: true, Kind: published.Fundings, Symbol: "ETHUSDT"}, `data/futures/um/monthly/fundingRate/ETHUSDT/ETHUSDT-fundingRate-2024-01.zip
data/futures/um/monthly/fundingRate/ETHUSDT/ETHUSDT-fundingRate-2024-02.zip
data/futures/um/monthly/fundingRate/ETHUSDT/ETHUSDT-fundingRate-2024-03.zip`},
		{published.Set{Kind: published.Candles, Symbol: "BTCUSDT", Interval: market.Weekly}, `data/spot/monthly/klines/BTCUSDT/1w/BTCUSDT-1w-2024-01.zip
data/spot/monthly/klines/BTCUSDT/1w/BTCUSDT-1w-2024-02.zip
data/spot/monthly/klines/BTCUSDT/1w/BTCUSDT-1w-2024-03.zip`},
	} {
		var paths []string
		for _, f := range c.set.Cover(from, to, at(t, "2024-06-01")) {
			paths = append(paths, f.Path())
		}
		if diff := cmp.Diff(c.want, strings.Join(paths, "\n")); diff != "" {
			t.Error(diff)
		}
	}
}

// A cover has every day that is over once, and nothing that cannot be there yet.
func TestCover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := rapid.Int64Range(0, 800)
		from := market.Time(day.Draw(t, "from"))*market.Day + market.Time(rapid.Int64Range(0, int64(market.Day)-1).Draw(t, "in"))
		to, now := market.Time(day.Draw(t, "to"))*market.Day+1, market.Time(day.Draw(t, "now"))*market.Day+5
		files := minutes.Cover(from, to, now)
		next := from - from%market.Day
		for _, f := range files {
			if f.From != next || f.To > now || f.Monthly && (f.From < from || f.To > to) {
				t.Fatalf("%s holds %s to %s, after %s", f.Name(), f.From, f.To, next)
			}
			next = f.To
			days := f.Days()
			if !f.Monthly {
				continue
			}
			if len(days) < 28 || days[0].From != f.From || days[len(days)-1].To != f.To {
				t.Fatalf("days of %s: %v", f.Name(), days)
			}
		}
		if end := min(to, now-now%market.Day); from < end && next < end || len(files) > 0 && next >= end+market.Day {
			t.Fatalf("it ends at %s, not at %s", next, end)
		}
	})
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		change func(*published.Set)
		want   string
	}{
		{func(*published.Set) {}, ""},
		{func(s *published.Set) { s.Symbol = "../x" }, "files are named by symbols"},
		{func(s *published.Set) { s.Kind = "depth" }, `files of "depth" are not used`},
		{func(s *published.Set) { s.Interval = 7 * market.Minute }, `candles of "7m" are not published`},
		{func(s *published.Set) { s.Kind = published.Trades }, "files of aggTrades have no interval"},
		{func(s *published.Set) { s.Kind, s.Interval = published.Fundings, 0 }, "fundings are of futures"},
	} {
		s := minutes
		c.change(&s)
		err := s.Validate()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v, want %s", s, err, c.want)
		}
	}
}

const sum = "588ba601a2aadf9608d3804f64208c6d05ee26492d2f36adcd10818e47955823"

func TestParseChecksum(t *testing.T) {
	for text, want := range map[string]string{
		sum + "  a.zip\n":                   "",
		sum + " *a.zip":                     "",
		strings.ToUpper(sum) + " a.zip\r\n": "",
		"":                                  "is not a checksum and the name of a file",
		sum:                                 "is not a checksum and the name of a file",
		sum + "  b.zip":                     `the checksum is that of "b.zip"`,
		sum[1:] + "  a.zip":                 "is no SHA-256",
		"g" + sum[1:] + "  a.zip":           "is no SHA-256",
		sum + "  a.zip\n" + sum + " b.zip":  "is not a checksum",
		strings.Repeat(" ", 5000):           "a checksum of 5000 bytes",
		"<html><body>sign in</body></html>": "the checksum is that of",
	} {
		c, err := published.ParseChecksum([]byte(text), "a.zip")
		if want == "" && (err != nil || c.String() != sum) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.80q: %v, %v; want %s", text, c, err, want)
		}
	}
}

func FuzzParseChecksum(f *testing.F) {
	f.Add([]byte(sum+"  a.zip\n"), "a.zip")
	f.Fuzz(func(t *testing.T, b []byte, name string) {
		c, err := published.ParseChecksum(b, name)
		if err == nil && !strings.Contains(strings.ToLower(string(b)), c.String()) {
			t.Errorf("%q: %s", b, c)
		}
	})
}
