package signals

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// What a failed question means for the next one. A [Fault] wraps one of them.
var (
	ErrRetry     = errors.New("no answer")                       // an outage: the same question may be answered later
	ErrLimited   = errors.New("the provider wants a pause")      // not before Fault.Until
	ErrBudget    = errors.New("the budget of calls is used up")  // nothing was sent; not before Fault.Until
	ErrDenied    = errors.New("the key does not open it")        // no key, a wrong one, or a plan without it
	ErrGone      = errors.New("the provider does not offer it")  // removed, renamed or never there
	ErrRefused   = errors.New("the question is refused")         // it is wrong as it is: asking again is no use
	ErrMalformed = errors.New("the answer cannot be understood") // its rows before the fault are good
)

// A Fault is why a question went without an answer, and what to do next. It never holds a
// key.
type Fault struct {
	Kind     error     // one of the errors above
	Endpoint string    // what was asked, without its parameters
	Status   int       // of HTTP; 0: no answer came
	Until    time.Time // when to ask again; zero: nobody said
	Err      error     // what happened; may be nil
	Hint     string    // what an operator can do
}

// Error says what was asked, what happened and what to do.
func (f *Fault) Error() string {
	var b strings.Builder
	if f.Endpoint != "" {
		b.WriteString(f.Endpoint + ": ")
	}
	b.WriteString(f.Kind.Error())
	if f.Status != 0 {
		fmt.Fprintf(&b, ": %d %s", f.Status, http.StatusText(f.Status))
	}
	if f.Err != nil {
		b.WriteString(": " + f.Err.Error())
	}
	if !f.Until.IsZero() {
		b.WriteString(", not before " + f.Until.UTC().Format(time.RFC3339))
	}
	if f.Hint != "" {
		b.WriteString("; " + f.Hint)
	}
	return b.String()
}

// Unwrap returns the kind, and what happened.
func (f *Fault) Unwrap() []error {
	if f.Err == nil {
		return []error{f.Kind}
	}
	return []error{f.Kind, f.Err}
}

// StatusFault classifies an answer by its status; nil is a status below 300. body is its
// beginning, of which what the provider says for itself is kept.
func StatusFault(endpoint string, status int, h http.Header, body []byte, now time.Time) *Fault {
	if status < 300 {
		return nil
	}
	f := &Fault{Kind: ErrRefused, Endpoint: endpoint, Status: status, Err: spoken(body)}
	switch {
	case status == http.StatusNotModified:
		f.Kind, f.Hint = ErrRetry, "it says that nothing has changed, which was not asked: a cache on the way may answer"
	case status < 400:
		f.Hint = "it redirects elsewhere, which is not followed: check the address"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		f.Kind, f.Hint = ErrDenied, "check the key, and that the plan includes the endpoint"
	case status == http.StatusPaymentRequired:
		f.Kind, f.Hint = ErrDenied, "the provider saw no usable key: check the key, and the header (of tokenmetrics: the generation) that it is sent with"
	case status == http.StatusNotFound, status == http.StatusGone, status == http.StatusMethodNotAllowed:
		f.Kind, f.Hint = ErrGone, "the endpoint may have been removed or renamed: what it said before ages out"
	case status == http.StatusTooManyRequests:
		f.Kind, f.Until = ErrLimited, pauseEnd(h, now)
		f.Hint = "ask less often, or raise the plan"
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status >= 500:
		f.Kind, f.Until = ErrRetry, pauseEnd(h, now)
		f.Hint = "the provider is in trouble: ask again later"
	default:
		f.Hint = "check the address, and that what is asked for is spelt as this version of the API wants it"
	}
	return f
}

// spoken returns the message of an error answer, or the beginning of what is none.
func spoken(body []byte) error {
	var said struct{ Message, Error any }
	if err := json.Unmarshal(body, &said); err == nil {
		for _, v := range []any{said.Message, said.Error} {
			if text, ok := v.(string); ok && text != "" {
				return fmt.Errorf("%.200q", text)
			}
		}
	}
	if body = bytes.TrimSpace(body); len(body) == 0 {
		return nil
	}
	return fmt.Errorf("%.120q", body)
}

// longestPause bounds what a provider may ask for.
const longestPause = 62 * 24 * time.Hour

// pauseEnd returns when the provider wants to be asked again, by Retry-After (seconds or
// a date) or else X-RateLimit-Reset (seconds since 1970); zero where it does not say.
func pauseEnd(h http.Header, now time.Time) time.Time {
	var end time.Time
	text := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(text, 64); err == nil && s >= 0 {
		end = now.Add(time.Duration(min(s, longestPause.Seconds()) * float64(time.Second)))
	} else if t, err := http.ParseTime(text); err == nil {
		end = t
	} else if s, err := strconv.ParseInt(strings.TrimSpace(h.Get("X-RateLimit-Reset")), 10, 64); err == nil {
		end = time.Unix(s, 0)
	}
	if !end.After(now) {
		return time.Time{}
	}
	if latest := now.Add(longestPause); end.After(latest) {
		return latest
	}
	return end
}
