package testkit_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/internal/testkit"
)

const head = "driver sim\ninstrument BTC\nstrategy a\nbars BTC 1m\n00:00 100\n"

func TestParseNamesFileAndLine(t *testing.T) {
	for line, want := range map[string]string{
		"bar BTC":                      `x.txt:6: unknown statement "bar"`,
		"bars ETH 1m":                  "x.txt:6: no such instrument",
		"bars BTC 1q":                  `x.txt:6: interval "1q" is not`,
		"00:00 100":                    "x.txt:6: a bar of 1m that opens at 00:00 is off the grid or out of order",
		"00:01 1 2 3":                  "x.txt:6: a row has 1, 2, 4 or 5 figures",
		"00:01 100 99 98 100":          "x.txt:6: high 99 is below",
		"at 0:99 a print":              `x.txt:6: time "0:99" is not like`,
		"at 00:01 b print":             `x.txt:6: no strategy is named "b"`,
		"at 00:01 a hold":              `x.txt:6: unknown verb "hold"`,
		"at 00:01 a buy limit 1":       "x.txt:6: an order needs a type",
		"at 00:01 a buy limit 1 BTC @": "x.txt:6: the line ends too early",
		"at 00:01 a sell trailing-stop 1 BTC trail 5$": `x.txt:6: distance "5$" is not like 5, 5% or 50bps`,
		"at 00:01 a bracket buy limit 1 BTC @ 1 /":     "x.txt:6: the line ends too early",
		"at 00:01 a print twice":                       `x.txt:6: "twice" is too much`,
		"option latency 3":                             "x.txt:6: time: missing unit",
		"option speed 3":                               `x.txt:6: unknown property "speed"`,
		"rule r shout 1":                               `x.txt:6: unknown kind of rule "shout"`,
		"signal grade BTC 00:00 value many":            `x.txt:6: strconv.ParseFloat: parsing "many"`,
	} {
		_, err := testkit.Parse("x.txt", head+line+"\nexpect\n")
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: error %v, want %s…", line, err, want)
		}
	}
}

func TestLineThatNobodyCouldDoIsAnError(t *testing.T) {
	s, err := testkit.Parse("x.txt", head+"at 00:05 a print\nexpect\n")
	if err != nil {
		t.Fatal(err)
	}
	p, out, err := testkit.Sim{}.Run(context.Background(), s)
	want := []string{"error: x.txt:6: no callback of strategy a came at 00:05"}
	if diff := cmp.Diff(want, p.Transcript(out, err)); diff != "" {
		t.Error(diff)
	}
}

func TestUpdateKeepsCommentsOfLinesThatStay(t *testing.T) {
	old := head + "expect\n# above\n00:01 one   # behind\n00:02 two\n"
	want := head + "expect\n# above\n00:01 one   # behind\n00:02 three\n"
	if diff := cmp.Diff(want, testkit.Update(old, []string{"00:01 one", "00:02 three"})); diff != "" {
		t.Error(diff)
	}
}

// TestOrdersPrintAsTheyAreWritten: what a script submits is what its transcript says.
func TestOrdersPrintAsTheyAreWritten(t *testing.T) {
	for _, order := range []string{
		"buy limit 1 BTC @ 99 ioc", "buy limit 1 BTC @ 99 fok", "buy limit 1 BTC @ 99 gtd 00:05 post-only",
		"buy take-profit 1 BTC stop 90", "buy take-profit-limit 1 BTC stop 90 @ 91",
		"buy trailing-stop 1 BTC trail 5", "buy trailing-stop 1 BTC trail 5% activate 90", "buy trailing-stop 1 BTC trail 50bps",
	} {
		s, err := testkit.Parse("x.txt", head+"at 00:01 a "+order+"\nexpect\n")
		if err != nil {
			t.Fatal(err)
		}
		p, _, err := testkit.Sim{}.Run(context.Background(), s)
		if err != nil || len(p.Decisions) != 1 || p.Decisions[0].Text != "a/1 submit "+order {
			t.Errorf("%s: decided %v, error %v", order, p.Decisions, err)
		}
	}
}
