package tokenmetricstest_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/signalman-trading/signalman/signals/tokenmetricstest"
)

func set(t *testing.T, r *tokenmetricstest.Running, faults ...string) {
	t.Helper()
	r.Clear()
	for _, text := range faults {
		f, err := tokenmetricstest.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Set(f); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFaultsOfRows(t *testing.T) {
	r := start(t, tokenmetricstest.Options{})
	const day = "trader-grades?token_id=3375&startDate=2025-06-01"
	dates := func(question string) (list []string) {
		for _, d := range column(rows(t, r, question), "DATE") {
			list = append(list, d.(string)[:10])
		}
		return list
	}
	whole := get(t, r, day).body

	set(t, r, "missing-day=2025-06-10,2025-06-08")
	if got := dates(day); len(got) != 8 || got[0] != "2025-06-09" || got[1] != "2025-06-07" {
		t.Error("missing-day: ", got)
	}
	set(t, r, "stale=1440h")
	if got := dates("trader-grades?token_id=3375&limit=1"); got[0] != "2025-04-11" {
		t.Error("stale: ", got)
	}
	set(t, r, "delay=13h")
	if got := dates(day); got[0] != "2025-06-09" {
		t.Error("delay: ", got)
	}
	set(t, r, "delay=11h")
	if got := dates(day); got[0] != "2025-06-10" {
		t.Error("delay: ", got)
	}
	set(t, r, "revised=60h")
	old, revised := rows(t, r, day), 0
	set(t, r)
	for i, row := range rows(t, r, day) {
		if row["TM_TRADER_GRADE"] != old[i]["TM_TRADER_GRADE"] {
			revised++
		}
	}
	if revised != 8 || get(t, r, day).body != whole { // of 10 days those up to 8 June, which began 60 hours ago
		t.Errorf("%d rows are revised", revised)
	}
	set(t, r, "reversed")
	if got := dates(day); got[0] != "2025-06-01" {
		t.Error("reversed: ", got)
	}
	set(t, r, "strings", "unknown-fields")
	if row := rows(t, r, day)[0]; row["TA_GRADE"] != strconv.FormatFloat(old[0]["TA_GRADE"].(float64), 'f', -1, 64) || row["TOKEN_ID"] != 3375.0 || row["NOT_KNOWN_YET"] == nil {
		t.Error("strings: ", row)
	}
	set(t, r, "nulls=1")
	if row := rows(t, r, day)[0]; row["TA_GRADE"] != nil || row["DATE"] == nil {
		t.Error("nulls: ", row)
	}
}

func TestFaultsOfPages(t *testing.T) {
	r := start(t, tokenmetricstest.Options{})
	first, second := "tokens?limit=10&page=1", "tokens?limit=10&page=2"
	one, two := get(t, r, first).body, get(t, r, second).body
	set(t, r, "page-ignored")
	if get(t, r, second).body != one {
		t.Error("page-ignored")
	}
	set(t, r, "duplicate-rows")
	if a, b := rows(t, r, first), rows(t, r, second); a[9]["TOKEN_ID"] != b[0]["TOKEN_ID"] {
		t.Error("duplicate-rows")
	}
	set(t, r, "removed@sentiments")
	if got := get(t, r, second); got.body != two {
		t.Error(got)
	}
	if got := get(t, r, "sentiments"); got.status != http.StatusNotFound {
		t.Error(got)
	}
	const window = "trading-signals?token_id=3375&startDate=2025-01-01&endDate=2025-05-31&limit=100"
	set(t, r, "long-window=truncate")
	if list := rows(t, r, window); len(list) != 30 {
		t.Errorf("%d rows of a window that is cut", len(list))
	}
	set(t, r, "long-window=reject")
	if got := get(t, r, window); got.status != http.StatusBadRequest {
		t.Error(got)
	}
	set(t, r, "hourly-words=numbers")
	if row := rows(t, r, "hourly-trading-signals?token_id=3375&limit=1")[0]; row["SIGNAL"] != "0" || row["POSITION"] != "1" && row["POSITION"] != "0" && row["POSITION"] != "-1" {
		t.Error(row)
	}
}

func TestFaultsOfAnswers(t *testing.T) {
	defer goleak.VerifyNone(t)
	r, err := tokenmetricstest.Serve(tokenmetricstest.Options{Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.Client.Transport.(*http.Transport).DisableCompression = true
	whole := get(t, r, "price?token_id=3375")
	for _, c := range []struct {
		fault  string
		status int
		check  func(reply) bool
	}{
		{"success-false", 200, func(a reply) bool { return strings.HasPrefix(a.body, `{"success":false,`) }},
		{"html", 200, func(a reply) bool { return strings.HasPrefix(a.body, "<!DOCTYPE html>") }},
		{"status=503", 503, func(a reply) bool { return strings.HasPrefix(a.body, "<!DOCTYPE html>") }},
		{"empty", 200, func(a reply) bool { return a.body == "" }},
		{"truncated", 200, func(a reply) bool { return strings.HasPrefix(whole.body, a.body) && len(a.body) < len(whole.body) }},
		{"content-type=text/plain", 200, func(a reply) bool { return a.header.Get("Content-Type") == "text/plain" && a.body == whole.body }},
		{"date-skew=-2h", 200, func(a reply) bool { return a.header.Get("Date") == "Tue, 10 Jun 2025 10:00:00 GMT" }},
		{"giant=1000000", 200, func(a reply) bool { return len(a.body) > 1_000_000 && json.Valid([]byte(a.body)) }},
		{"slow-headers=1ms", 200, func(a reply) bool { return a.body == whole.body }},
		{"slow-body=1ms", 200, func(a reply) bool { return a.body == whole.body }},
		{"limited=30s", 429, func(a reply) bool {
			return a.header.Get("Retry-After") == "30" && a.header.Get("X-RateLimit-Reset") == strconv.FormatInt(noon().Unix()+30, 10)
		}},
		{"limited-month", 429, func(a reply) bool { return a.header.Get("Retry-After") == "1771200" }},
		{"gzip", 200, func(a reply) bool {
			z, err := gzip.NewReader(strings.NewReader(a.body))
			if err != nil || a.header.Get("Content-Encoding") != "gzip" {
				return false
			}
			b, err := io.ReadAll(z)
			return err == nil && string(b) == whole.body
		}},
	} {
		set(t, r, c.fault)
		if a := get(t, r, "price?token_id=3375"); a.status != c.status || !c.check(a) || a.header.Get("X-Signalman-Synthetic") != "1" {
			t.Errorf("%s: %d %v %.200s", c.fault, a.status, a.header, a.body)
		}
	}
	for _, fault := range []string{"reset", "cut"} {
		set(t, r, fault)
		q, _ := http.NewRequest(http.MethodGet, r.URL+"/price?token_id=3375", nil)
		q.Header.Set(r.Header(), tokenmetricstest.DefaultKey)
		a, err := r.Client.Do(q)
		if err == nil {
			_, err = io.ReadAll(a.Body)
			a.Body.Close()
		}
		if err == nil {
			t.Errorf("%s: the answer came whole", fault)
		}
	}
	set(t, r, "status=500*2")
	for _, want := range []int{500, 500, 200} {
		if a := get(t, r, "price?token_id=3375"); a.status != want {
			t.Errorf("%d, want %d", a.status, want)
		}
	}
	if left := r.Faults(); len(left) != 0 {
		t.Error(left)
	}
}

func TestFaultsAreChecked(t *testing.T) {
	for _, text := range []string{"", "nothing", "status", "status=200", "status=x", "stale=soon", "nulls=2", "gzip=1", "removed@nowhere", "reset*0", "reset*x", "missing-day=June",
		"revised=1h/3", "giant=-1", "content-type=", "long-window=maybe"} {
		if f, err := tokenmetricstest.ParseFault(text); err == nil {
			t.Errorf("%q is %+v", text, f)
		}
	}
	got, err := tokenmetricstest.ParseFault("status=503@trading-signals*3")
	if want := (tokenmetricstest.Fault{Name: "status", Value: "503", Endpoint: "trading-signals", Times: 3}); err != nil || got != want {
		t.Error(got, err)
	}
	for _, o := range []tokenmetricstest.Options{
		{Flow: "v4"}, {Month: -1}, {Snapshot: -time.Hour}, {Faults: []tokenmetricstest.Fault{{Name: "x"}}},
		{Tokens: []tokenmetricstest.Token{{ID: 1, Name: "A", Symbol: "A"}}},
		{Tokens: []tokenmetricstest.Token{{ID: 1, Name: "A", Symbol: "A", Price: 1}, {ID: 1, Name: "B", Symbol: "B", Price: 1}}},
	} {
		if _, err := tokenmetricstest.New(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// TestLimitsEnd spends the calls of minutes and months on a clock that runs by itself.
func TestLimitsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := tokenmetricstest.Start(t, tokenmetricstest.Options{Minute: 3, Month: 8})
		month, served := time.Now().UTC().Month(), map[time.Month]int{}
		for time.Now().UTC().Month() <= month+1 {
			a := get(t, r, "price?token_id=3375")
			switch a.status {
			case http.StatusOK:
				served[time.Now().UTC().Month()]++
			case http.StatusTooManyRequests:
				s, err := strconv.Atoi(a.header.Get("Retry-After"))
				if err != nil || s < 1 {
					t.Fatal(a)
				}
				time.Sleep(time.Duration(s)*time.Second - time.Millisecond)
				if again := get(t, r, "price?token_id=3375"); again.status != http.StatusTooManyRequests {
					t.Error("the pause ends early")
				}
				time.Sleep(time.Millisecond)
			default:
				t.Fatal(a)
			}
		}
		if served[month] != 8 || served[month+1] != 8 {
			t.Errorf("served %v", served)
		}
	})
}

func TestLimitsAreTold(t *testing.T) {
	r := start(t, tokenmetricstest.Options{Minute: 20, Month: 50, Faults: []tokenmetricstest.Fault{{Name: tokenmetricstest.FaultRateHeaders}}})
	h := get(t, r, "price?token_id=3375").header
	if h.Get("X-RateLimit-Remaining-Minute") != "19" || h.Get("X-RateLimit-Limit-Month") != "50" || h.Get("X-RateLimit-Reset-Month") != "1751328000" {
		t.Error(h)
	}
}

func TestAdmin(t *testing.T) {
	var calls []tokenmetricstest.Call
	r := start(t, tokenmetricstest.Options{Seen: func(c tokenmetricstest.Call) { calls = append(calls, c) }})
	admin := tokenmetricstest.Admin(r.Server)
	do := func(method, path, origin string) (int, tokenmetricstest.State) {
		q, w := httptest.NewRequest(method, path, nil), httptest.NewRecorder()
		if origin != "" {
			q.Header.Set("Origin", origin)
		}
		admin.ServeHTTP(w, q)
		var s tokenmetricstest.State
		_ = json.Unmarshal(w.Body.Bytes(), &s)
		return w.Code, s
	}
	if code, s := do(http.MethodPost, "/faults?name=status&value=503&endpoint=price&times=2", ""); code != 200 || len(s.Faults) != 1 {
		t.Error(code, s)
	}
	if a := get(t, r, "price?token_id=3375"); a.status != 503 {
		t.Error(a)
	}
	if code, s := do(http.MethodGet, "/", ""); code != 200 || s.Used.Total != 1 || s.Faults[0].Times != 1 || !s.Now.Equal(noon()) {
		t.Error(code, s)
	}
	if code, s := do(http.MethodDelete, "/faults?name=status", ""); code != 200 || len(s.Faults) != 0 {
		t.Error(code, s)
	}
	for _, bad := range []string{"/faults?name=nothing", "/faults?name=reset&times=x"} {
		if code, _ := do(http.MethodPost, bad, ""); code != 400 {
			t.Error(bad, code)
		}
	}
	if code, _ := do(http.MethodPost, "/faults?name=reset", "https://example.com"); code != 403 {
		t.Error("a page of another site may set faults: ", code)
	}
	if len(calls) != 1 || calls[0].Status != 503 || !calls[0].Charged || calls[0].Endpoint != "/v2/price" {
		t.Error(calls)
	}
}
