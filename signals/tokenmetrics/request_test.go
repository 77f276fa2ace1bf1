package tokenmetrics_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/tokenmetrics"
)

// signalRow is a row of /trading-signals.
func signalRow(id int, date string) string {
	return fmt.Sprintf(`{"TOKEN_ID":%d,"TOKEN_NAME":"X","TOKEN_SYMBOL":"X","DATE":%q,"TRADING_SIGNAL":0,"TOKEN_TREND":1}`, id, date)
}

// collect asks for trading signals and returns the pages before an error.
func collect(t *testing.T, c *tokenmetrics.Client, q tokenmetrics.TradingSignalsQuery) (pages []tokenmetrics.Page[tokenmetrics.TradingSignal], err error) {
	t.Helper()
	for page, err := range c.TradingSignals(t.Context(), q) {
		if err != nil {
			return pages, err
		}
		pages = append(pages, page)
	}
	return pages, nil
}

// answers with a status, a type and a body.
func answers(status int, kind, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if kind != "" {
			w.Header().Set("Content-Type", kind)
		}
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func zipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.String()
}

const jsonType = "application/json"

func TestFaultsSayWhatTheyAre(t *testing.T) {
	good := signalRow(1, "2025-04-08")
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		kind    error
		says    string
		rows    int
	}{
		{"400", answers(400, jsonType, `{"success":false,"message":"Some thing wrong","length":0,"data":[]}`), signals.ErrRefused, `"Some thing wrong"`, 0},
		{"400 {}", answers(400, jsonType, `{}`), signals.ErrRefused, "400 Bad Request", 0},
		{"401", answers(401, jsonType, `{"success":false,"message":"Unauthorized"}`), signals.ErrDenied, "check the key", 0},
		{"402", answers(402, jsonType, `{"accepts":[]}`), signals.ErrDenied, "no usable key", 0},
		{"403", answers(403, "", ``), signals.ErrDenied, "the plan", 0},
		{"404", answers(404, "text/html", `<html>`), signals.ErrGone, "removed or renamed", 0},
		{"422", answers(422, jsonType, `{}`), signals.ErrRefused, "422", 0},
		{"429", answers(429, jsonType, `{}`, "Retry-After", "60"), signals.ErrLimited, "not before 2025-04-09T00:01:00Z", 0},
		{"500 HTML", answers(500, "text/html", `<html>`), signals.ErrRetry, "<html>", 0},
		{"redirect", answers(302, "", ``, "Location", "https://elsewhere.example/"), signals.ErrRefused, "redirects elsewhere", 0},
		{"success false with 200", answers(200, jsonType, `{"success":false,"message":"No","length":0,"data":[]}`), signals.ErrRefused, `success: false, "No"`, 0},
		{"success false after the data", answers(200, jsonType, `{"data":[`+good+`],"success":false}`), signals.ErrRefused, "success: false", 0},
		{"success as text", answers(200, jsonType, `{"success":"yes","data":[]}`), signals.ErrMalformed, "success is", 0},
		{"{} with 200", answers(200, jsonType, `{}`), signals.ErrMalformed, "no list of data", 0},
		{"data null", answers(200, jsonType, `{"success":true,"data":null}`), signals.ErrMalformed, "no list of data", 0},
		{"data an object", answers(200, jsonType, `{"success":true,"data":{}}`), signals.ErrMalformed, "no list of data", 0},
		{"a list alone", answers(200, jsonType, `[`+good+`]`), signals.ErrMalformed, "no JSON object", 0},
		{"nothing", answers(200, jsonType, ``), signals.ErrMalformed, "no JSON object", 0},
		{"HTML with 200", answers(200, "text/html", `<html>sign in</html>`), signals.ErrMalformed, "sign in", 0},
		{"HTML that says it is JSON", answers(200, jsonType, `<html>`), signals.ErrMalformed, "no JSON object", 0},
		{"JSON of the wrong type", answers(200, "text/html", list(good)), signals.ErrMalformed, `"text/html"`, 0},
		{"JSON that calls itself text", answers(200, "text/plain; charset=utf-8", list(good)), nil, "", 1},
		{"text", answers(200, "text/plain", "sign in"), signals.ErrMalformed, `"text/plain"`, 0},
		{"JSON with the mark of its encoding", answers(200, jsonType, "\ufeff"+list(good)), nil, "", 1},
		{"an id as a number with a point", answers(200, jsonType, list(strings.Replace(good, "1,", "3375.0,", 1))), nil, "", 1},
		{"an id that is a fraction", answers(200, jsonType, list(strings.Replace(good, "1,", "3375.5,", 1))), signals.ErrMalformed, "is no id", 0},
		{"length as text", answers(200, jsonType, strings.Replace(list(good), `"length":1`, `"length":"1"`, 1)), nil, "", 1},
		{"a bad row before a good one", answers(200, jsonType, list("7", good)), signals.ErrMalformed, `row 1: "7" is no object`, 1},
		{"JSON without a type", func(w http.ResponseWriter, q *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = w.Write([]byte(list(good)))
		}, nil, "", 1},
		{"gzip", answers(200, jsonType, zipped(list(good)), "Content-Encoding", "gzip"), nil, "", 1},
		{"gzip that is none", answers(200, jsonType, list(good), "Content-Encoding", "gzip"), signals.ErrMalformed, "no gzip", 0},
		{"gzip that is damaged", answers(200, jsonType, strings.Replace(zipped(list(good)), zipped(list(good))[len(zipped(list(good)))-8:], "12345678", 1), "Content-Encoding", "gzip"), signals.ErrMalformed, "damaged", 0},
		{"gzip that ends early", answers(200, jsonType, zipped(list(good))[:40], "Content-Encoding", "gzip"), signals.ErrRetry, "unexpected EOF", 0},
		{"another encoding", answers(200, jsonType, list(good), "Content-Encoding", "br"), signals.ErrMalformed, `"br"`, 0},
		{"giant", answers(200, jsonType, strings.Repeat(" ", 33<<20)), signals.ErrMalformed, "more than 32 MiB", 0},
		{"a bomb", answers(200, jsonType, zipped(strings.Repeat(" ", 33<<20)), "Content-Encoding", "gzip"), signals.ErrMalformed, "more than 32 MiB", 0},
		{"endless rows", answers(200, jsonType, `{"success":true,"data":[`+good+strings.Repeat(",0", 200_000)), signals.ErrMalformed, "", 1},
		{"truncated", answers(200, jsonType, list(good, good)[:len(list(good, good))-30]), signals.ErrMalformed, "row 2: it ends in the middle", 1},
		{"truncated after the rows", answers(200, jsonType, strings.TrimSuffix(list(good), "}")), signals.ErrMalformed, "ends in the middle", 1},
		{"something behind", answers(200, jsonType, list(good)+"x"), signals.ErrMalformed, "something follows", 1},
		{"a row without a token", answers(200, jsonType, list(good, strings.Replace(signalRow(2, "2025-04-08"), "TOKEN_ID", "TOKEN", 1), good)), signals.ErrMalformed, "row 2: TOKEN_ID is missing", 1},
		{"a row with a token null", answers(200, jsonType, list(good, strings.Replace(signalRow(2, "2025-04-08"), ":2", ":null", 1))), signals.ErrMalformed, "row 2: TOKEN_ID: is empty", 1},
		{"a row without a day", answers(200, jsonType, list(good, strings.Replace(signalRow(2, ""), `"DATE"`, `"DAY"`, 1))), signals.ErrMalformed, "row 2: DATE is missing", 1},
		{"a row with a bad day", answers(200, jsonType, list(good, signalRow(2, "8 April"))), signals.ErrMalformed, `row 2: DATE: "8 April" is no time`, 1},
		{"a row with a far day", answers(200, jsonType, list(good, signalRow(2, "9999-01-01"))), signals.ErrMalformed, "row 2: DATE", 1},
		{"a row without its signal", answers(200, jsonType, list(good, strings.Replace(signalRow(2, "2025-04-08"), "TRADING_SIGNAL", "SIGNAL", 1))), signals.ErrMalformed, "row 2: TRADING_SIGNAL is missing", 1},
		{"a row that is none", answers(200, jsonType, list(good, "7")), signals.ErrMalformed, "row 2: \"7\" is no object", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tokenmetrics.Options{Now: func() time.Time { return at("2025-04-09").UTC() }}
			pages, err := collect(t, client(t, o, c.handler), tokenmetrics.TradingSignalsQuery{})
			rows := 0
			for _, p := range pages {
				rows += len(p.Rows)
			}
			if !errors.Is(err, c.kind) || rows != c.rows {
				t.Errorf("got %d rows and %v, want %d and %v", rows, err, c.rows, c.kind)
			}
			if err != nil && (!strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "trading-signals: ") || len(err.Error()) > 2000) {
				t.Errorf("error %q should say %q", err, c.says)
			}
		})
	}
}

func TestTheKeyIsNowhere(t *testing.T) {
	echo := func(status int, kind string) http.HandlerFunc {
		return answers(status, kind, `{"success":`+fmt.Sprint(status == 200)+`,"message":"key `+testKey+`","length":1,"x":"`+testKey+`","data":[{"TOKEN_ID":1,"DATE":"2025-01-01","TRADING_SIGNAL":0,"TOKEN_TREND":"`+testKey+`","KEY":"`+testKey+`"}]}`)
	}
	for name, h := range map[string]http.HandlerFunc{
		"row": echo(200, jsonType), "400": echo(400, jsonType), "500": echo(500, jsonType), "type": echo(200, "text/html"),
		"long": answers(500, "text/html", strings.Repeat("x", 505)+testKey), "false": answers(200, jsonType, `{"success":false,"message":"`+testKey+`"}`),
	} {
		c := client(t, tokenmetrics.Options{}, h)
		pages, err := collect(t, c, tokenmetrics.TradingSignalsQuery{})
		text := fmt.Sprintf("%+v %v %+v", pages, err, c)
		for _, p := range pages {
			text += string(p.Raw) + fmt.Sprintf("%s", p.Extra)
		}
		if strings.Contains(text, testKey) || strings.Contains(text, "tm-test") {
			t.Errorf("%s: the key is in %s", name, text)
		}
	}
}

// broken fails every request.
type broken struct{ err error }

func (b broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, b.err }

func TestTransportFaults(t *testing.T) {
	until := at("2025-05-01").UTC()
	budget := &signals.Fault{Kind: signals.ErrBudget, Until: until}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"budget", budget, "trading-signals: the budget of calls is used up, not before 2025-05-01T00:00:00Z"},
		{"outage", errors.New("connection refused"), "trading-signals: no answer: connection refused"},
		{"key", errors.New("bad header " + testKey), "trading-signals: no answer: bad header ***"},
	} {
		tm, err := tokenmetrics.New(tokenmetrics.Options{HTTP: &http.Client{Transport: broken{c.err}}, Key: market.NewSecret(testKey)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := collect(t, tm, tokenmetrics.TradingSignalsQuery{}); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	if budget.Endpoint != "" {
		t.Error("the fault of the transport was changed")
	}
}

func TestTimeoutAndCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(t, tokenmetrics.Options{Timeout: time.Minute}, func(_ http.ResponseWriter, q *http.Request) { <-q.Context().Done() })
		begin := time.Now()
		_, err := collect(t, c, tokenmetrics.TradingSignalsQuery{})
		if !errors.Is(err, signals.ErrRetry) || time.Since(begin) != time.Minute {
			t.Errorf("after %s: %v", time.Since(begin), err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		for _, err := range c.TradingSignals(ctx, tokenmetrics.TradingSignalsQuery{}) {
			if err != context.Canceled {
				t.Errorf("cancelled: %v", err)
			}
		}
	})
}

func TestWarningsTellWhatIsAbsent(t *testing.T) {
	row := func(id int, grade string) string {
		return strings.Replace(signalRow(id, "2025-04-08"), `"TOKEN_TREND":1`, `"TOKEN_TREND":1,"TM_TRADER_GRADE":`+grade, 1)
	}
	for _, c := range []struct {
		grade, warning string
		valid          bool
	}{
		{`18.87`, "", true}, {`"18.87"`, "", true}, {`" 1e3 "`, "", true}, {`2.4e-05`, "", true}, {`null`, "", false},
		{`""`, `row 1: TM_TRADER_GRADE: "" is no number`, false}, {`"N/A"`, `row 1: TM_TRADER_GRADE: "N/A" is no number`, false},
		{`true`, `row 1: TM_TRADER_GRADE: "true" is no number`, false}, {`[1]`, `row 1: TM_TRADER_GRADE: "[1]" is no number`, false},
		{`1e999`, `row 1: TM_TRADER_GRADE: "1e999" is out of range`, false}, {`"NaN"`, `row 1: TM_TRADER_GRADE: "NaN" is no number`, false},
	} {
		pages, err := collect(t, client(t, tokenmetrics.Options{}, says(list(row(1, c.grade)))), tokenmetrics.TradingSignalsQuery{})
		if err != nil {
			t.Fatal(err)
		}
		r := pages[0].Rows[0]
		if got := strings.Join(pages[0].Warnings, "; "); got != c.warning || r.TMTraderGrade.Valid != c.valid {
			t.Errorf("%s: got %v and %q, want %v and %q", c.grade, r.TMTraderGrade, got, c.valid, c.warning)
		}
		if kept := string(r.Extra["TM_TRADER_GRADE"]); c.warning != "" && kept != c.grade {
			t.Errorf("%s: kept %q", c.grade, kept)
		}
		if f, ok := r.TMTraderGrade.Float(); ok != c.valid || !ok && f != 0 {
			t.Errorf("%s: float %v %v", c.grade, f, ok)
		}
	}
	pages, _ := collect(t, client(t, tokenmetrics.Options{}, says(list(row(1, `""`), row(2, `""`), row(3, `""`)))), tokenmetrics.TradingSignalsQuery{})
	if got := fmt.Sprint(pages[0].Warnings); got != `[row 1: TM_TRADER_GRADE: "" is no number (and 2 more rows)]` {
		t.Error(got)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	key, minus := market.NewSecret(testKey), -1
	for says, o := range map[string]tokenmetrics.Options{
		"no key":              {},
		"line break":          {Key: market.NewSecret(testKey + "\n")},
		"there are v1":        {Key: key, Generation: "v9"},
		"no address":          {Key: key, BaseURL: "api.example.org"},
		"has a user":          {Key: key, BaseURL: "https://u:p@example.org"},
		"a page has a row":    {Key: key, PageSize: -1},
		"are not negative":    {Key: key, FirstPage: &minus},
		"and the timeout are": {Key: key, Timeout: -1},
	} {
		_, err := tokenmetrics.New(o)
		if market.ClassOf(err) != market.Usage || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), testKey) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}
