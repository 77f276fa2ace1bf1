package quota_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/quota"
)

// A client that may make two calls a month, of a ledger that ends with the process. A
// program keeps its ledger in a file: store.NewCredits.
func ExampleNewTransport() {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-RateLimit-Remaining-Month", "7")
	}))
	defer provider.Close()

	now := func() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }
	ledger := quota.NewLedger(&quota.Memory{}, now)
	key := market.NewSecret("made-up")
	client := http.Client{Transport: quota.NewTransport(http.DefaultTransport, ledger, "far", quota.Limits{Month: 2}, key)}
	for range 3 {
		answer, err := client.Get(provider.URL + "/grades")
		var fault *signals.Fault
		if errors.As(err, &fault) {
			fmt.Println(fault)
			return
		}
		answer.Body.Close()
		left, _ := ledger.Left("far", now())
		calls, _ := left.Least()
		fmt.Println("calls left:", calls)
	}
	// Output:
	// calls left: 1
	// calls left: 0
	// grades: the budget of calls is used up: quota far: 2 of 2 calls of the month are made, not before 2026-12-01T00:00:00Z; nothing was sent; 'signalman signals plan' shows what is planned and what is left
}
