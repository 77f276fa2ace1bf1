package tokenmetricstest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// A Fault is one way in which the service is known to fail, or may.
type Fault struct {
	Name     string `json:"name"`
	Value    string `json:"value,omitempty"`
	Endpoint string `json:"endpoint,omitempty"` // "sentiments"; empty: all
	Times    int    `json:"times,omitempty"`    // how many requests it still hits; 0: all
}

// The names of faults. The comment of each says what its value is, where it has one.
const (
	FaultRemoved       = "removed"           // the endpoint is gone: 404
	FaultPageIgnored   = "page-ignored"      // every page is the first
	FaultBoundary      = "duplicate-rows"    // a page begins with the last row of the one before
	FaultMissingDay    = "missing-day"       // days without rows: 2026-01-31,2026-02-01
	FaultStale         = "stale"             // the newest row is this old: 1440h
	FaultDelay         = "delay"             // the row of a day is told so long after its day began: 6h
	FaultRevised       = "revised"           // a row has another value once it is so old: 30h, or 30h/0.1 for a tenth of the rows
	FaultNulls         = "nulls"             // the share of numbers that are null: 0.1
	FaultStrings       = "strings"           // numbers are strings
	FaultUnknownFields = "unknown-fields"    // rows have keys that nobody knows
	FaultReversed      = "reversed"          // the rows of a page in the opposite order
	FaultSuccessFalse  = "success-false"     // 200 with success:false
	FaultHTML          = "html"              // 200 with a page of HTML
	FaultEmpty         = "empty"             // 200 with an empty body
	FaultTruncated     = "truncated"         // JSON that ends in the middle
	FaultCut           = "cut"               // a connection that ends in the middle of the body
	FaultReset         = "reset"             // a connection that is reset before an answer
	FaultSlowHeaders   = "slow-headers"      // how long until the headers come: 30s
	FaultSlowBody      = "slow-body"         // how long the body takes: 30s
	FaultStatus        = "status"            // an HTTP status with a page of HTML: 503
	FaultLimited       = "limited"           // 429 for so many seconds: 30s
	FaultLimitedMonth  = "limited-month"     // 429 until the month ends
	FaultDateSkew      = "date-skew"         // how wrong the header Date is: -2h
	FaultContentType   = "content-type"      // the header Content-Type: text/plain
	FaultGzip          = "gzip"              // bodies are compressed, asked for or not
	FaultGiant         = "giant"             // a body of so many bytes: 67108864
	FaultLongWindow    = "long-window"       // windows over 29 days: reject or truncate
	FaultRateHeaders   = "ratelimit-headers" // every answer says what is left of the limits
	FaultHourlyWords   = "hourly-words"      // what hourly signals are called: numbers, orders, moods, or a word that nobody knows
)

// checks say of each fault what its value must be; nil: it has none.
var checks = map[string]func(value string) error{
	FaultRemoved: nil, FaultPageIgnored: nil, FaultBoundary: nil, FaultStrings: nil, FaultUnknownFields: nil, FaultReversed: nil,
	FaultSuccessFalse: nil, FaultHTML: nil, FaultEmpty: nil, FaultTruncated: nil, FaultCut: nil, FaultReset: nil,
	FaultLimitedMonth: nil, FaultGzip: nil, FaultRateHeaders: nil,
	FaultMissingDay: isDates, FaultStale: isSpan, FaultDelay: isSpan, FaultRevised: isRevision, FaultNulls: isShare,
	FaultSlowHeaders: isSpan, FaultSlowBody: isSpan, FaultLimited: isSpan, FaultDateSkew: isSpan,
	FaultStatus: isStatus, FaultGiant: isSize, FaultContentType: isWord, FaultHourlyWords: isWord, FaultLongWindow: isWindow,
}

// FaultNames lists the faults, in the order of their names.
func FaultNames() []string { return slices.Sorted(maps.Keys(checks)) }

// ParseFault reads a fault as a command line has it: NAME[=VALUE][@ENDPOINT][*TIMES].
func ParseFault(text string) (Fault, error) {
	var f Fault
	if head, times, ok := strings.Cut(text, "*"); ok {
		n, err := strconv.Atoi(times)
		if err != nil || n < 1 {
			return f, fmt.Errorf("fault %q: %q is no number of times", text, times)
		}
		text, f.Times = head, n
	}
	text, f.Endpoint, _ = strings.Cut(text, "@")
	f.Name, f.Value, _ = strings.Cut(text, "=")
	return f, f.check()
}

func (f *Fault) check() error {
	check, known := checks[f.Name]
	if !known {
		return fmt.Errorf("fault %q is none of %s", f.Name, strings.Join(FaultNames(), ", "))
	}
	if f.Endpoint != "" && !slices.ContainsFunc(routes, func(r route) bool { return r.name == f.Endpoint }) {
		return fmt.Errorf("fault %s: there is no endpoint %q", f.Name, f.Endpoint)
	}
	if f.Times < 0 {
		return fmt.Errorf("fault %s: %d is no number of times", f.Name, f.Times)
	}
	if check == nil {
		if f.Value != "" {
			return fmt.Errorf("fault %s takes no value", f.Name)
		}
		return nil
	}
	if err := check(f.Value); err != nil {
		return fmt.Errorf("fault %s=%s: %w", f.Name, f.Value, err)
	}
	return nil
}

func isSpan(v string) error {
	_, err := time.ParseDuration(v)
	if err != nil {
		err = fmt.Errorf("%q is not a span such as 30s or 36h", v)
	}
	return err
}

func isShare(v string) error {
	if x, err := strconv.ParseFloat(v, 64); err != nil || !(x >= 0 && x <= 1) {
		return fmt.Errorf("%q is not a share from 0 to 1", v)
	}
	return nil
}

func isRevision(v string) error {
	span, share, _ := strings.Cut(v, "/")
	return cmp.Or(isSpan(span), isShare(cmp.Or(share, "1")))
}

func isDates(v string) error {
	for d := range strings.SplitSeq(v, ",") {
		if _, err := market.ParseTime(d); err != nil {
			return err
		}
	}
	return nil
}

func isStatus(v string) error {
	if n, err := strconv.Atoi(v); err != nil || n < 300 || n > 599 {
		return fmt.Errorf("%q is not a status from 300 to 599", v)
	}
	return nil
}

func isSize(v string) error {
	if n, err := strconv.ParseInt(v, 10, 64); err != nil || n < 1 {
		return fmt.Errorf("%q is no number of bytes", v)
	}
	return nil
}

func isWord(v string) error {
	if v == "" {
		return fmt.Errorf("it needs a value")
	}
	return nil
}

func isWindow(v string) error {
	if v != "reject" && v != "truncate" {
		return fmt.Errorf("%q is neither reject nor truncate", v)
	}
	return nil
}

// Set adds a fault. One of the same name and endpoint is replaced.
func (s *Server) Set(f Fault) error {
	if err := f.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(slices.DeleteFunc(s.faults, func(o Fault) bool { return o.Name == f.Name && o.Endpoint == f.Endpoint }), f)
	return nil
}

// Clear removes the faults with one of the names, or all.
func (s *Server) Clear(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = slices.DeleteFunc(s.faults, func(f Fault) bool { return len(names) == 0 || slices.Contains(names, f.Name) })
}

// Faults lists the faults that are set.
func (s *Server) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.faults)
}

// struck returns the faults that hit a request, by name, and counts them.
func (s *Server) struck(endpoint string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	hit := map[string]string{}
	for i := range s.faults {
		f := &s.faults[i]
		if f.Endpoint != "" && f.Endpoint != endpoint {
			continue
		}
		hit[f.Name] = f.Value
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				f.Name = ""
			}
		}
	}
	s.faults = slices.DeleteFunc(s.faults, func(f Fault) bool { return f.Name == "" })
	return hit
}

// span returns the value of a fault that is a span of time, 0 where it is not set.
func span(faults map[string]string, name string) time.Duration {
	d, _ := time.ParseDuration(faults[name]) // Set checked it
	return d
}
