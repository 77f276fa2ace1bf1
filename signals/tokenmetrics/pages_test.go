package tokenmetrics_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/tokenmetrics"
)

// history answers as the API does: by token, from startDate to endDate, newest first,
// in pages. A fault may change the rows of a page.
type history struct {
	tokens []int
	first  market.Time // before it there are no rows
	last   market.Time
	fault  func(page int, rows []string) []string
	asked  []url.Values
}

func (h *history) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	v := q.URL.Query()
	h.asked = append(h.asked, v)
	start, end := h.first, h.last
	if text := v.Get("startDate"); text != "" {
		start, end = max(start, at(text)), min(end, at(v.Get("endDate")))
	}
	var rows []string
	for day := end; day >= start; day -= market.Day {
		for _, id := range h.tokens {
			if ids := v.Get("token_id"); ids == "" || slices.Contains(strings.Split(ids, ","), strconv.Itoa(id)) {
				rows = append(rows, signalRow(id, day.UTC().Format(time.DateOnly)))
			}
		}
	}
	page, _ := strconv.Atoi(v.Get("page"))
	limit, _ := strconv.Atoi(v.Get("limit"))
	from := min(len(rows), (page-1)*limit)
	rows = rows[from:min(len(rows), from+limit)]
	if h.fault != nil {
		rows = h.fault(page, rows)
	}
	says(list(rows...))(w, q)
}

// keys names the rows of pages, in order.
func keys(pages []tokenmetrics.Page[tokenmetrics.TradingSignal]) (list []string) {
	for _, p := range pages {
		for _, r := range p.Rows {
			list = append(list, fmt.Sprintf("%d %s", r.TokenID, r.Date.UTC().Format(time.DateOnly)))
		}
	}
	return list
}

func TestPagesAreReadUntilOneIsShort(t *testing.T) {
	for _, c := range []struct {
		tokens, limit, pages int
		asked                int
	}{
		{4, 10, 0, 1}, {10, 10, 0, 2}, {25, 10, 0, 3}, {30, 10, 0, 4}, {30, 10, 1, 1}, {30, 10, 2, 2}, {0, 10, 0, 1},
	} {
		h := &history{first: at("2025-04-08"), last: at("2025-04-08")}
		for id := range c.tokens {
			h.tokens = append(h.tokens, id+1)
		}
		pages, err := collect(t, client(t, tokenmetrics.Options{}, h.ServeHTTP), tokenmetrics.TradingSignalsQuery{Limit: c.limit, Pages: c.pages})
		want := c.tokens
		if c.pages > 0 {
			want = c.pages * c.limit
		}
		if err != nil || len(keys(pages)) != want || len(h.asked) != c.asked || len(pages) != c.asked {
			t.Errorf("%+v: %d rows in %d pages, %d asked, %v", c, len(keys(pages)), len(pages), len(h.asked), err)
		}
	}
}

func TestPagingFaults(t *testing.T) {
	var first []string
	for _, c := range []struct {
		name  string
		fault func(page int, rows []string) []string
		says  string
		rows  int
	}{
		{"every page is page 1", func(page int, rows []string) []string {
			if page == 1 {
				first = rows
			}
			return first
		}, "page 2 repeats a page before it", 10},
		{"page 1 in another order", func(page int, rows []string) []string {
			if page == 1 {
				first = rows
				return rows
			}
			rows = slices.Clone(first)
			slices.Reverse(rows)
			return rows
		}, "page 2 repeats", 10},
		{"page 3 is page 1", func(page int, rows []string) []string {
			if page == 1 {
				first = rows
			} else if page == 3 {
				return first
			}
			return rows
		}, "page 3 repeats", 20},
		{"a row of page 1 on page 2 again", func(page int, rows []string) []string {
			if page == 1 {
				first = rows
			} else if page == 2 {
				return append([]string{first[9]}, rows[:9]...)
			}
			return rows
		}, "", 34},
		{"no end", func(page int, _ []string) (rows []string) {
			for i := range 10 {
				rows = append(rows, signalRow(page*100+i, "2025-04-08"))
			}
			return rows
		}, "more than 6 pages", 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &history{first: at("2025-04-08"), last: at("2025-04-08"), fault: c.fault}
			for id := range 35 {
				h.tokens = append(h.tokens, id+1)
			}
			pages, err := collect(t, client(t, tokenmetrics.Options{MaxPages: 6}, h.ServeHTTP), tokenmetrics.TradingSignalsQuery{Limit: 10})
			if got := len(keys(pages)); got != c.rows {
				t.Errorf("got %d rows, want %d", got, c.rows)
			}
			if c.says == "" && err != nil || c.says != "" && (!errors.Is(err, signals.ErrMalformed) || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

func TestAFaultKeepsTheWindowsAndPagesBeforeIt(t *testing.T) {
	h := &history{tokens: []int{1}, first: at("2025-01-01"), last: at("2025-12-31")}
	calls := 0
	c := client(t, tokenmetrics.Options{}, func(w http.ResponseWriter, q *http.Request) {
		if calls++; calls == 3 {
			answers(503, "text/html", "<html>")(w, q)
			return
		}
		h.ServeHTTP(w, q)
	})
	pages, err := collect(t, c, tokenmetrics.TradingSignalsQuery{TokenIDs: []int64{1}, Start: at("2025-01-01"), End: at("2025-12-31")})
	got := keys(pages)
	if !errors.Is(err, signals.ErrRetry) || len(got) != 60 || got[0] != "1 2025-01-01" || got[59] != "1 2025-03-01" {
		t.Errorf("%d rows, %v", len(got), err)
	}
}

func TestBoundaryDaysThatComeTwiceAreTakenOnce(t *testing.T) {
	h := &history{tokens: []int{1}, first: at("2025-01-01"), last: at("2025-03-15")}
	h.fault = func(_ int, rows []string) []string { // as if the windows shared their ends
		return append(rows, signalRow(1, "2025-01-30"))
	}
	pages, err := collect(t, client(t, tokenmetrics.Options{}, h.ServeHTTP), tokenmetrics.TradingSignalsQuery{TokenIDs: []int64{1}, Start: at("2025-01-01"), End: at("2025-03-15")})
	got := keys(pages)
	if err != nil || len(got) != 74 || !slices.IsSorted(got) {
		t.Errorf("%d rows, %v: %v", len(got), err, got)
	}
	var windows []string
	for _, p := range pages {
		windows = append(windows, fmt.Sprintf("%s..%s %d repeated %v", p.Start.UTC().Format("01-02"), p.End.UTC().Format("01-02"), p.Repeated, p.Warnings))
	}
	if diff := cmp.Diff([]string{
		"01-01..01-30 1 repeated []",
		"01-31..03-01 1 repeated [row 31: is not of the days asked for]",
		"03-02..03-15 1 repeated [row 15: is not of the days asked for]",
	}, windows); diff != "" {
		t.Error(diff)
	}
}

func TestARevisedRowIsTold(t *testing.T) {
	other := strings.Replace(signalRow(1, "2025-04-08"), `"TOKEN_TREND":1`, `"TOKEN_TREND":-1`, 1)
	pages, err := collect(t, client(t, tokenmetrics.Options{}, says(list(signalRow(1, "2025-04-08"), other))), tokenmetrics.TradingSignalsQuery{})
	if err != nil || len(pages[0].Rows) != 1 || pages[0].Rows[0].Trend.String() != "1" || pages[0].Repeated != 1 {
		t.Fatal(pages, err)
	}
	if got := fmt.Sprint(pages[0].Warnings); !strings.Contains(got, "row 2: differs from one of the same key") {
		t.Error(got)
	}
}

// A server that gives 50 rows a page whatever it is asked for is read on.
func TestPagesOfADefaultSizeAreReadOn(t *testing.T) {
	for tokens, calls := range map[int]int{49: 1, 50: 2, 60: 2, 100: 3, 130: 3} {
		h := &history{first: at("2025-04-08"), last: at("2025-04-08")}
		for id := range tokens {
			h.tokens = append(h.tokens, id+1)
		}
		c := client(t, tokenmetrics.Options{}, func(w http.ResponseWriter, q *http.Request) {
			v := q.URL.Query()
			v.Set("limit", "50")
			q.URL.RawQuery = v.Encode()
			h.ServeHTTP(w, q)
		})
		pages, err := collect(t, c, tokenmetrics.TradingSignalsQuery{})
		if err != nil || len(keys(pages)) != tokens || len(h.asked) != calls {
			t.Errorf("%d rows of %d by %d calls, %v", len(keys(pages)), tokens, len(h.asked), err)
		}
	}
}

// Rows that are missing by the answer's own count, and those of other days, are a fault.
func TestPartialAnswersAreAFault(t *testing.T) {
	for says, body := range map[string]string{
		"it says 9 rows where 1 came": strings.Replace(list(signalRow(1, "2025-04-08")), `"length":1`, `"length":"9"`, 1),
		"row 2 (and 1 more): it is of another day than those asked for, 2025-04-07 to 2025-04-08": list(signalRow(1, "2025-04-08"), signalRow(1, "2025-04-05"), signalRow(1, "2025-04-04"), signalRow(1, "2025-04-06")),
	} {
		c := client(t, tokenmetrics.Options{}, answers(200, jsonType, body))
		pages, err := collect(t, c, tokenmetrics.TradingSignalsQuery{TokenIDs: []int64{1}, Start: at("2025-04-07"), End: at("2025-04-08")})
		if !errors.Is(err, signals.ErrMalformed) || !strings.Contains(err.Error(), says) || !slices.Contains(keys(pages), "1 2025-04-08") {
			t.Errorf("%v, %v: want %q", keys(pages), err, says)
		}
	}
}

func TestAnAnswerOfADefaultSizeIsDoubted(t *testing.T) {
	h := &history{first: at("2025-04-08"), last: at("2025-04-08")}
	for id := range 50 {
		h.tokens = append(h.tokens, id+1)
	}
	c := client(t, tokenmetrics.Options{}, h.ServeHTTP)
	pages, err := collect(t, c, tokenmetrics.TradingSignalsQuery{})
	if err != nil || len(pages) != 2 || !strings.Contains(fmt.Sprint(pages[0].Warnings, pages[1].Warnings), "50 rows are a default of the API") {
		t.Error(pages, err)
	}
	ids := make([]int64, 50)
	for i := range ids {
		ids[i] = int64(i + 1)
	}
	pages, err = collect(t, c, tokenmetrics.TradingSignalsQuery{TokenIDs: ids, Start: at("2025-04-08"), End: at("2025-04-08")})
	if err != nil || len(pages) != 1 || len(pages[0].Warnings) != 0 {
		t.Error(pages, err)
	}
}

// Whatever is asked for, every row there is comes once, oldest first by window, and as
// many calls are sent as were planned.
func TestEveryRowOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		first := at("2024-12-20") + market.Time(rapid.IntRange(0, 40).Draw(rt, "first"))*market.Day
		h := &history{first: first, last: first + market.Time(rapid.IntRange(0, 100).Draw(rt, "days"))*market.Day}
		q := tokenmetrics.TradingSignalsQuery{Start: at("2025-01-01") + market.Time(rapid.IntRange(0, 86399).Draw(rt, "second"))*market.Time(time.Second)}
		q.End = q.Start + market.Time(rapid.IntRange(0, 100).Draw(rt, "asked"))*market.Day
		for id := range rapid.IntRange(1, 12).Draw(rt, "tokens") {
			h.tokens = append(h.tokens, id+1)
			q.TokenIDs = append(q.TokenIDs, int64(id+1))
		}
		o := tokenmetrics.Options{PageSize: rapid.IntRange(2, 120).Draw(rt, "page size")}
		c := client(t, o, h.ServeHTTP)
		plan, err := c.Calls(q)
		if err != nil {
			rt.Fatal(err)
		}
		pages, err := collect(t, c, q)
		if err != nil {
			rt.Fatal(err)
		}
		want := map[string]bool{}
		for day := q.Start / market.Day * market.Day; day <= q.End; day += market.Day {
			for _, id := range h.tokens {
				if day >= h.first && day <= h.last {
					want[fmt.Sprintf("%d %s", id, day.UTC().Format(time.DateOnly))] = true
				}
			}
		}
		got := keys(pages)
		for _, key := range got {
			if !want[key] {
				rt.Fatalf("%s came, and should not", key)
			}
			delete(want, key)
		}
		if len(want) > 0 {
			rt.Fatalf("missing: %v", want)
		}
		for _, p := range pages {
			if !slices.IsSortedFunc(p.Rows, func(a, b tokenmetrics.TradingSignal) int { return int((a.Date - b.Date) / market.Day) }) {
				rt.Fatal("a page is not sorted")
			}
		}
		doubted := 0 // pages that have as many rows as the API may give at most
		for _, p := range pages {
			doubted += strings.Count(fmt.Sprint(p.Warnings), "are a default of the API")
		}
		if len(h.asked) > plan.Calls+doubted || plan.Endpoint != "trading-signals" {
			rt.Fatalf("planned %+v, asked %d", plan, len(h.asked))
		}
	})
}
