package quota

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
)

var noon = market.TimeOf(time.Date(2024, 5, 15, 12, 0, 0, 0, time.UTC)) // 1715774400

func after(d time.Duration) market.Time { return noon + market.Time(d) }

// TestHeaders: what each header says, by itself and with others.
func TestHeaders(t *testing.T) {
	endOfMonth := market.TimeOf(time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		name, header, body string
		status             int
		want               heard
	}{
		{"nothing", "", "", 200, heard{answered: true}},
		{"nothing, refused", "", "", 400, heard{}},
		{"remaining alone holds a minute", "X-RateLimit-Remaining: 7", "", 200, heard{answered: true, caps: []Cap{{Left: 7, Until: after(61 * time.Second)}}}},
		{"remaining until a time", "X-RateLimit-Limit: 60\nX-RateLimit-Remaining: 7\nX-RateLimit-Reset: 1715775000", "", 200,
			heard{answered: true, caps: []Cap{{Left: 7, Until: after(10 * time.Minute)}}}},
		{"in milliseconds", "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1715775000000", "", 200, heard{answered: true, caps: []Cap{{Until: after(10 * time.Minute)}}}},
		{"in seconds from now", "RateLimit-Limit: 10, 10;w=60\nRateLimit-Remaining: 3\nRateLimit-Reset: 30", "", 200, heard{answered: true, caps: []Cap{{Left: 3, Until: after(30 * time.Second)}}}},
		{"a reset that is over", "X-RateLimit-Remaining: 3\nX-RateLimit-Reset: 1715770000", "", 200, heard{answered: true, caps: []Cap{{Left: 3, Until: after(61 * time.Second)}}}},
		{"a reset in years", "X-RateLimit-Remaining: 3\nX-RateLimit-Reset: 1915770000", "", 200, heard{answered: true, caps: []Cap{{Left: 3, Until: after(61 * time.Second)}}}},
		{"minute and month", "x-ratelimit-limit-minute: 20\nx-ratelimit-remaining-minute: 19\nx-ratelimit-limit-month: 500\nx-ratelimit-remaining-month: 12", "", 200,
			heard{answered: true, limits: Limits{Minute: 20, Month: 500}, caps: []Cap{{Window: "month", Left: 12, Until: endOfMonth}, {Window: "minute", Left: 19, Until: after(61 * time.Second)}}}},
		{"month with its own reset", "X-RateLimit-Remaining-Month: 5\nX-RateLimit-Reset-Month: 86400", "", 200, heard{answered: true, caps: []Cap{{Window: "month", Left: 5, Until: after(24 * time.Hour)}}}},
		{"day and hour", "X-RateLimit-Limit-Day: 100\nX-RateLimit-Remaining-Hour: 0", "", 200,
			heard{answered: true, limits: Limits{Day: 100}, caps: []Cap{{Window: "hour", Until: after(time.Hour)}}}},
		{"one field", "RateLimit: limit=100, remaining=50, reset=30", "", 200, heard{answered: true, caps: []Cap{{Left: 50, Until: after(30 * time.Second)}}}},
		{"one field, the later form", `RateLimit: "default";r=50;t=30`, "", 200, heard{answered: true, caps: []Cap{{Left: 50, Until: after(30 * time.Second)}}}},
		{"both, the stricter", "X-RateLimit-Remaining: 9\nRateLimit-Remaining: 4", "", 200, heard{answered: true, caps: []Cap{{Left: 4, Until: after(61 * time.Second)}}}},
		{"nonsense", "X-RateLimit-Limit-Month: many\nX-RateLimit-Remaining: -3\nX-RateLimit-Remaining-Day: 0x10\nRateLimit: x\nX-RateLimit-Reset: soon", "", 200, heard{answered: true}},
		{"huge", "X-RateLimit-Limit-Month: 999999999999999999", "", 200, heard{answered: true, limits: Limits{Month: most}}},
		{"429 alone", "", "", 429, heard{limited: true}},
		{"429 for seconds", "Retry-After: 90", "", 429, heard{limited: true, until: after(90 * time.Second)}},
		{"429 until a date", "Retry-After: Wed, 15 May 2024 13:00:00 GMT", "", 429, heard{limited: true, until: after(time.Hour)}},
		{"429 until a reset", "X-RateLimit-Reset: 1715775000", "", 429, heard{limited: true, until: after(10 * time.Minute)}},
		{"429 of a month that is used up", "X-RateLimit-Remaining-Month: 0", "", 429, heard{limited: true, until: endOfMonth, caps: []Cap{{Window: "month", Until: endOfMonth}}}},
		{"429 that names the month", "", `{"success":false,"message":"Monthly quota exceeded","length":0,"data":[]}`, 429, heard{limited: true, until: endOfMonth}},
		{"429 that names the day", "", `{"error":"daily limit reached"}`, 429, heard{limited: true, until: after(12 * time.Hour)}},
		{"429 that names both times", "Retry-After: 5", `{"message":"Monthly quota exceeded"}`, 429, heard{limited: true, until: after(5 * time.Second)}},
		{"402", "", `{"accepts":[]}`, 402, heard{denied: true}},
	} {
		h := http.Header{}
		for line := range strings.Lines(c.header) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			h.Set(name, value)
		}
		if diff := cmp.Diff(&c.want, hear(c.status, h, []byte(c.body), noon), cmp.AllowUnexported(heard{})); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// FuzzHeaders: nothing that a provider sends says that more is left than nothing, or holds
// for longer than 32 days beside what Retry-After says.
func FuzzHeaders(f *testing.F) {
	f.Add("7", "1715775000", "limit=100, remaining=50, reset=30", "90", 429)
	f.Fuzz(func(t *testing.T, remaining, reset, field, retry string, status int) {
		h := http.Header{"X-Ratelimit-Remaining": {remaining}, "X-Ratelimit-Reset": {reset}, "Ratelimit": {field}, "Retry-After": {retry}}
		said := hear(status, h, nil, noon)
		for _, c := range said.caps {
			if c.Left < 0 || c.Until <= noon || c.Until > noon+longestWindow {
				t.Errorf("%+v", c)
			}
		}
		if said.until != 0 && (said.until <= noon || said.until > noon+70*market.Day) {
			t.Errorf("until %s", said.until)
		}
	})
}
