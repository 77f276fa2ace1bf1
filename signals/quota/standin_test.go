package quota_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals/quota"
	"github.com/signalman-trading/signalman/signals/tokenmetricstest"
)

// TestStandInForMonths asks a stand-in for Token Metrics, whose plan is smaller than the
// configuration believes, for three months of virtual time, with restarts and bursts of
// 429. The plan is learnt from what the provider says: it has to refuse hardly anything.
func TestStandInForMonths(t *testing.T) {
	for _, tell := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) { standInForMonths(t, tell) })
	}
}

func standInForMonths(t *testing.T, tell bool) {
	var mu sync.Mutex
	good, refused := map[time.Month]int{}, map[time.Month]int{}
	provider := tokenmetricstest.Start(t, tokenmetricstest.Options{Month: 50, Minute: 3, Seen: func(c tokenmetricstest.Call) {
		mu.Lock()
		defer mu.Unlock()
		if c.Status == http.StatusTooManyRequests {
			refused[c.Time.UTC().Month()]++
		} else {
			good[c.Time.UTC().Month()]++
		}
	}})
	base := provider.Client.Transport
	if tell {
		if err := provider.Set(tokenmetricstest.Fault{Name: tokenmetricstest.FaultRateHeaders}); err != nil {
			t.Fatal(err)
		}
	} else {
		base = silent{base}
	}
	book, random := &quota.Memory{}, rand.New(rand.NewPCG(11, 11))
	sent, last := 0, time.Now()
	for began := time.Now(); time.Since(began) < 90*24*time.Hour; time.Sleep(time.Duration(random.IntN(240)) * time.Minute) {
		// A process of its own asks five questions at once.
		ledger := quota.NewLedger(book, nil)
		client := http.Client{Transport: quota.NewTransport(base, ledger, "tokenmetrics", quota.Limits{Month: 80, Minute: 20})}
		for k := range 5 {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/trading-signals?limit=50&page=%d", provider.URL, k+1), nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("x-api-key", market.NewSecret(tokenmetricstest.DefaultKey).Reveal())
			if answer, err := client.Do(r); err == nil {
				_, _ = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				sent, last = sent+1, time.Now()
			}
		}
		if time.Since(last) < time.Hour && random.IntN(8) == 0 {
			if err := provider.Set(tokenmetricstest.Fault{Name: tokenmetricstest.FaultLimited, Value: "90s", Times: 1}); err != nil {
				t.Fatal(err)
			}
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for month, n := range good {
		if n > 50 || n+refused[month] > 80 || tell && refused[month] > 5 {
			t.Errorf("%s: %d answered, %d refused", month, n, refused[month])
		}
	}
	if len(good) < 3 || sent < 120 {
		t.Errorf("%d calls in %d months, the last at %s", sent, len(good), last)
	}
	t.Logf("told: %v; answered %v, refused %v", tell, good, refused)
}

// silent is a provider who says nothing of its limits.
type silent struct{ base http.RoundTripper }

func (s silent) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := s.base.RoundTrip(r)
	if err == nil {
		for name := range answer.Header {
			if len(name) > 11 && name[:11] == "X-Ratelimit" || name == "Retry-After" {
				answer.Header.Del(name)
			}
		}
	}
	return answer, err
}
