package barfile_test

import (
	"cmp"
	"os"
	"path/filepath"
	"testing"

	"github.com/signalman-trading/signalman/internal/barfile"
)

// recorded is where real files lie: in SIGNALMAN_DATA, or next to the checkout; see
// its README.md.
var recorded = cmp.Or(os.Getenv("SIGNALMAN_DATA"), "../../../shared/data")

func needRecorded(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(recorded); err != nil {
		t.Skip("the recorded market data is not beside this checkout: ", err)
	}
}

// recordedBars are the files of bars with the rows, and where known the gaps and
// missing bars, that their README names or their line counts give.
var recordedBars = []struct {
	glob, interval      string
	rows, gaps, missing int
}{
	{"bitfinex-1m-zombie3000/2019/BTCUSD-1m.csv.gz", "1m", 512_727, 9_955, 12_873},
	{"binance-spot-nic/BTCUSDT-1h.csv.gz", "1h", 58_419, 28, 128},
	{"binance-spot-bernini10/*-1h.csv.gz", "1h", 43_803, 10, -1},
	{"binance-spot-privet1x/BTCUSDT-1m.csv.gz", "1m", 41_761, 0, 0},
	{"binance-spot-privet1x/BTCUSDT-15m.csv.gz", "15m", 34_945, 0, 0},
	{"binance-spot-1m-benicio/*/*-1m.csv.gz", "1m", 50_000, -1, -1},
	{"binance-spot-1m-tttienthinh/*/BTCUSDT-1m.csv.gz", "1m", 10_081, 0, 0},
	{"binance-usdm-typhonun/BTCUSDT-1m.csv.gz", "1m", 43_199, 0, 0},
	{"binance-usdm-typhonun/XRPUSDT-1m.csv.gz", "1m", 43_199, 0, 0},
	{"binance-usdm-typhonun/SOLUSDT-1m.csv.gz", "1m", 43_200, 0, 0},
	{"binance-usdm-typhonun/ETHUSDT-1m.csv.gz", "1m", 60_191, 0, 0},
	{"binance-usdm-muthebug/LTCUSDT-1h.csv.gz", "1h", 56_185, -1, -1},
	{"binance-usdm-muthebug/LTCUSDT-1d.csv.gz", "1d", 2_341, -1, -1},
	{"binance-usdm-muthebug/*-1d.csv.gz", "1d", -1, -1, -1},
	{"binance-spot-finom/*-1h.csv.gz", "1h", 35_063, 1, 1},
	{"binance-spot-finom/*-15m.csv.gz", "15m", 35_232, 0, 0},
	{"binance-spot-finom/BTCUSDT-2h.csv.gz", "2h", 36_653, -1, -1},
	{"binance-spot-finom/*-4h.csv.gz", "4h", -1, -1, -1},
	{"binance-spot-finom/*-1d.csv.gz", "1d", -1, 0, 0},
	{"binance-usdm-aggtrades-vision/klines/*.zip", "1m", 1_440, 0, 0},
	{"binance-spot-finom/raw/BTCUSDT-1h-*.json.xz", "1h", -1, -1, -1},
	{"binance-spot-finom/raw/SOLUSDT-1h-*.json.xz", "1h", -1, 0, 0},
	{"binance-spot-finom/raw/BTCUSDT-15m-*.json.xz", "15m", -1, 0, 0},
	{"binance-spot-finom/raw/BTCUSDT-1d-*.json.xz", "1d", -1, 0, 0},
	{"signals-tokenmetrics/BTC-trader-grades-daily.csv", "1d", 543, 2, 3},
	{"signals-cryptopulse/BTCUSD-1d-sentiment.csv.gz", "1d", 1_193, 0, 0},
	{"signals-cryptopulse/*USD-1d-sentiment.csv.gz", "1d", -1, 0, 0},
	{"oracles/golden/synth_1h_1500.csv", "1h", 1_500, -1, -1},
	{"oracles/golden/synth_1m_3000_gapless.csv", "1m", 3_000, 0, 0},
}

func TestRecordedBars(t *testing.T) {
	needRecorded(t)
	for _, c := range recordedBars {
		paths, err := filepath.Glob(filepath.Join(recorded, c.glob))
		if err != nil || len(paths) == 0 {
			t.Errorf("%s: no files, %v", c.glob, err)
		}
		for _, path := range paths {
			r, err := barfile.ReadFile(path, barfile.Options{})
			if err != nil {
				t.Error(err)
				continue
			}
			if r.Columns.Interval.String() != c.interval || wrong(c.rows, r.Columns.Len()) || wrong(c.gaps, r.GapCount) || wrong(c.missing, int(r.Missing)) {
				t.Errorf("%s: %d rows of %s, %d gaps of %d bars; want %+v", path, r.Columns.Len(), r.Columns.Interval, r.GapCount, r.Missing, c)
			}
			if c.rows < 20_000 {
				checkRoundTrip(t, r)
			}
		}
	}
}

// wrong compares with a known number; -1 is unknown.
func wrong(want, got int) bool { return want >= 0 && want != got }

// TestRecordedMarks refuses files that have no volume.
func TestRecordedMarks(t *testing.T) {
	needRecorded(t)
	_, err := barfile.ReadFile(filepath.Join(recorded, "binance-usdm-maxakak/BTCUSDT-mark-8h.csv.gz"), barfile.Options{Name: "f.csv"})
	checkError(t, err, `f.csv:1: the header "open_time_ms,open,high,low,close" has no volume; a row is open_time_ms,open,high,low,close,volume, or a Binance kline of 12 columns; data import takes other names with --columns "volume=…"`)
}

// TestKnownBad refuses a file whose columns are in another order, so that lows stand
// above closes, and whose highs are the closes; see its PROVENANCE.md.
func TestKnownBad(t *testing.T) {
	needRecorded(t)
	path := filepath.Join(recorded, "rest-gocryptotrader/binance_BTCUSDT_24h_2019_01_01_2020_01_01.csv.xz")
	_, err := barfile.ReadFile(path, barfile.Options{Name: "f.csv"})
	checkError(t, err, "f.csv:1: high 3701.23 is below low 3797.14; check the order of the columns: a row is open_time_ms,open,high,low,close,volume, or a Binance kline of 12 columns")
	_, err = barfile.ReadFile(path, barfile.Options{Name: "f.csv", Columns: "time=1,volume=2,open=3,high=4,low=5,close=6"})
	checkError(t, err, "f.csv:3: high 3766.78 is below open 3857.57 or close 3766.78; check the columns that are asked for")
}
