package venue_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/exchange/venue"
)

func TestParseFault(t *testing.T) {
	for _, c := range []struct {
		text string
		want venue.Fault
	}{
		{"reply-lost", venue.Fault{Name: "reply-lost"}},
		{"hang=5s@POST /api/v3/order*1", venue.Fault{Name: "hang", Value: "5s", On: "POST /api/v3/order", Times: 1}},
		{"cut@executionReport.TRADE%0.1", venue.Fault{Name: "cut", On: "executionReport.TRADE", Chance: 0.1}},
		{"close-lost@*@kline_1m.closed*2%0.5+1h~30m0s", venue.Fault{Name: "close-lost", On: "*@kline_1m.closed", Times: 2, Chance: 0.5, After: time.Hour, For: 30 * time.Minute}},
		{"clock=-1500ms", venue.Fault{Name: "clock", Value: "-1500ms"}},
		{"error=-1008", venue.Fault{Name: "error", Value: "-1008"}},
		{"deposit=BTC/-0.5+10s", venue.Fault{Name: "deposit", Value: "BTC/-0.5", After: 10 * time.Second}},
	} {
		got, err := venue.ParseFault(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.text, diff)
		}
		if again, err := venue.ParseFault(got.String()); err != nil || again != got {
			t.Errorf("%s is written %s: %v", c.text, got, err)
		}
	}
}

func TestParseFaultSaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"oops":                       "is none of hang, reset,",
		"hang=soon":                  `"soon" is not a span such as 30s`,
		"hang=0s":                    "is not a span",
		"reset=1":                    "takes no value",
		"status=200":                 "is not a status from 400 to 599",
		"error=-9":                   "is none of -1000",
		"reset%1.5":                  "a chance is from 0 to 1",
		"reset%0":                    "would never hit",
		"reset*0":                    "would never hit",
		"reset~0s":                   "would never hit",
		"unknown@":                   "names nothing after @",
		"unknown@*1":                 "names nothing after @",
		"reset~soon":                 "is none of",
		"reset~1x":                   "it is written NAME[=VALUE]",
		"deposit=USDT":               "is not an asset and an amount",
		"tick-change=0":              "is not a factor",
		"cancelled-by-hand*2":        "happens once",
		"cancelled-by-hand%0.5":      "happens once",
		"clock=0s":                   "is not an offset",
		"reset*99999999999999999999": "it is written NAME[=VALUE]",
	} {
		if _, err := venue.ParseFault(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	for _, s := range []string{"hang=5s@POST /api/v3/order*1", "cut@*%0.1+1h~5m", "deposit=BTC/-0.5", "=@*%+~"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := venue.ParseFault(text)
		if err != nil {
			return
		}
		if again, err := venue.ParseFault(fault.String()); err != nil || again.String() != fault.String() {
			t.Errorf("%q is written %q, which is %v, %v", text, fault, again, err)
		}
	})
}

func TestFaultKindsAreDocumented(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range venue.FaultKinds() {
		if k.Name == "" || k.Doc == "" || k.Group == "" || seen[k.Name] || strings.ContainsAny(k.Name, "=@*%+~ ") {
			t.Errorf("%+v", k)
		}
		seen[k.Name] = true
		text := k.Name
		if _, err := venue.ParseFault(text); err != nil {
			t.Errorf("%s without a value: %v", k.Name, err)
		}
	}
}
