package backtest_test

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
)

// TestLayoutOfResults holds what docs/format.md says about result.json against the types:
// every field stands in the table of its section, marked where it may be left out, and no
// other does.
func TestLayoutOfResults(t *testing.T) {
	text, err := os.ReadFile("../docs/format.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text2, _ := strings.Cut(string(text), "\n## result.json\n")
	text2, _, _ = strings.Cut(text2, "\n## ")
	tables := map[string]map[string]bool{}
	for _, section := range strings.Split(text2, "\n### ")[1:] {
		name, body, _ := strings.Cut(section, "\n")
		tables[name] = namedFields(body)
	}
	for name, types := range map[string][]reflect.Type{
		"The report":              {reflect.TypeFor[backtest.Report]()},
		"data":                    {reflect.TypeFor[backtest.DataLine](), reflect.TypeFor[backtest.DataFinding]()},
		"flows and refused_flows": {reflect.TypeFor[backtest.FlowLine](), reflect.TypeFor[backtest.RefusedFlow]()},
		"signals":                 {reflect.TypeFor[backtest.SignalCount]()},
		"halts":                   {reflect.TypeFor[backtest.HaltLine]()},
		"notices":                 {reflect.TypeFor[backtest.NoticeLine]()},
		"trades":                  {reflect.TypeFor[backtest.TradeLine]()},
		"lots":                    {reflect.TypeFor[backtest.LotLine]()},
		"fees":                    {reflect.TypeFor[backtest.FeeLine]()},
		"open_positions":          {reflect.TypeFor[backtest.PositionLine]()},
		"orders":                  {reflect.TypeFor[backtest.OrderLine]()},
		"fills":                   {reflect.TypeFor[backtest.FillLine]()},
		"checks and refused":      {reflect.TypeFor[market.Check](), reflect.TypeFor[market.Refusal]()},
		"inputs":                  {reflect.TypeFor[market.SignalRef]()},
		"metrics":                 {reflect.TypeFor[backtest.Metrics]()},
	} {
		want := map[string]bool{}
		for _, x := range types {
			addFields(want, x)
		}
		if diff := cmp.Diff(want, tables[name]); diff != "" {
			t.Errorf("docs/format.md, result.json, %s: fields of the types (-), whether they may be missing, and of the text (+):\n%s", name, diff)
		}
	}
}

// namedFields returns the fields that the rows of a table name, and whether they are
// marked as optional.
func namedFields(body string) map[string]bool {
	fields := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`.*?) \\| (\\*o\\*)? ?\\|").FindAllStringSubmatch(body, -1) {
		for _, name := range regexp.MustCompile("`(.*?)`").FindAllStringSubmatch(row[1], -1) {
			fields[name[1]] = row[2] != ""
		}
	}
	return fields
}

// addFields adds the JSON fields of a struct, and of those embedded in it.
func addFields(fields map[string]bool, x reflect.Type) {
	for _, f := range reflect.VisibleFields(x) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" {
			fields[name] = slices.ContainsFunc(strings.Split(options, ","), func(s string) bool { return s == "omitempty" || s == "omitzero" })
		}
	}
}
