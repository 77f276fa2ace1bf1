package backtest_test

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

// addFunding reads a perpetual's funding rates, and the marks that they are charged on.
func (w *window) addFunding(t *testing.T, h *backtest.History) {
	t.Helper()
	if w.funding == "" {
		return
	}
	list, err := barfile.ReadFundingFile(filepath.Join(recordings(), w.funding))
	if err != nil {
		t.Fatal(err)
	}
	marks := w.readMarks(t)
	for _, f := range list {
		h.Funding = append(h.Funding, backtest.FundingRow{Time: f.Time, Rate: f.Rate, Mark: marks[f.Time/market.Time(market.Hour)]})
	}
}

// readMarks returns the mark prices at the open of each 8 hours, by the hour.
func (w *window) readMarks(t *testing.T) map[market.Time]decimal.Decimal {
	t.Helper()
	f, err := os.Open(filepath.Join(recordings(), w.marks))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	marks := map[market.Time]decimal.Decimal{}
	for lines := bufio.NewScanner(z); lines.Scan(); {
		fields := strings.Split(lines.Text(), ",")
		if ms, err := strconv.ParseInt(fields[0], 10, 64); err == nil {
			marks[market.Millis(ms)/market.Time(market.Hour)] = decimal.RequireFromString(fields[1])
		}
	}
	return marks
}

// fundingTable prints the first funding of each kind: of long and short positions, at
// rates above and below 0.
func (k *ticker) fundingTable() string {
	if len(k.paid) == 0 {
		return ""
	}
	var b strings.Builder
	row, seen, met := "%-16s %9s %16s %12s %22s  %s\n", map[string]bool{}, 0
	total := decimal.Zero
	for _, f := range k.paid {
		held := k.held(f.Time)
		if held.IsZero() {
			continue
		}
		amount := held.Mul(f.Mark).Mul(f.Rate).Neg()
		met, total = met+1, total.Add(amount)
		side, does := "long", "pays"
		if held.IsNegative() {
			side = "short"
		}
		if amount.IsPositive() {
			does = "receives"
		}
		if kind := "M6 " + side + " " + does; !seen[kind] {
			seen[kind] = true
			fmt.Fprintf(&b, row, clockText(f.Time, "2006-01-02 15:04"), held, f.Mark, f.Rate, amount, kind)
		}
	}
	head := fmt.Sprintf("%d fundings, of which %d met a position and came to %s USDT together. The first of each kind:\n\n```text\n", len(k.paid), met, total)
	return head + fmt.Sprintf(row, "funding", "position", "mark", "rate", "USDT", "rule") + b.String() + "```\n\n"
}
