package app_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/quota"
	"github.com/signalman-trading/signalman/store"
)

// The environment of a process that calls in a loop: where its ledger and its provider
// are, and how many calls a month allows.
const (
	callerFile  = "SIGNALMAN_CALLER_FILE"
	callerURL   = "SIGNALMAN_CALLER_URL"
	callerLimit = "SIGNALMAN_CALLER_LIMIT"
)

// keepCalling calls until it is killed, or nothing more is allowed.
func keepCalling() {
	limit, err := strconv.Atoi(os.Getenv(callerLimit))
	for err == nil {
		err = callOnce(os.Getenv(callerFile), os.Getenv(callerURL), limit)
	}
	fmt.Println(err)
}

func callOnce(file, address string, limit int) error {
	ledger := quota.NewLedger(store.NewCredits(file), nil)
	c := http.Client{Transport: quota.NewTransport(&http.Transport{DisableKeepAlives: true}, ledger, "far", signals.Limits{Month: limit})}
	answer, err := c.Get(address)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
	return err
}

// TestKilledCallers kills processes that call, some two at a time, wherever they are. The
// ledger never has fewer calls than the provider saw, nor more than one for each that was
// killed; and in all the provider sees no more than the month allows.
func TestKilledCallers(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var seen atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Add(1)
		fmt.Fprint(w, "rows")
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "credits.db")
	const limit = 1500
	caller := func() *exec.Cmd {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), callerFile+"="+file, callerURL+"="+server.URL, callerLimit+"="+strconv.Itoa(limit), hasty)
		return cmd
	}
	random := rand.New(rand.NewPCG(5, 5))
	killed := 0
	for killed < 50 {
		var pair sync.WaitGroup
		for range 1 + random.IntN(2) {
			killed++
			wait := time.Duration(10+random.IntN(50)) * time.Millisecond
			pair.Go(func() {
				cmd := caller()
				if err := cmd.Start(); err != nil {
					t.Error(err)
					return
				}
				time.Sleep(wait)
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			})
		}
		pair.Wait()
		counted(t, file, limit, int(seen.Load()), killed)
	}
	if seen.Load() == 0 {
		t.Error("nobody called")
	}
	t.Logf("%d processes killed, %d calls seen", killed, seen.Load())
	// Four at once use up what is left, and stop.
	const end = 40
	tight := int(seen.Load()) + killed + end
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			cmd := caller()
			cmd.Env = append(cmd.Env, callerLimit+"="+strconv.Itoa(tight))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	all.Wait()
	counted(t, file, tight, int(seen.Load()), killed)
	if n := int(seen.Load()); n > tight || n < tight-killed {
		t.Errorf("%d calls seen of %d, after %d kills", n, tight, killed)
	}
}

// counted compares the ledger with what the provider saw.
func counted(t *testing.T, file string, limit, seen, killed int) {
	t.Helper()
	left, err := quota.NewLedger(store.NewCredits(file), nil).Left("far", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if n := int(left.Calls); n < seen || n > seen+killed || n > limit {
		t.Fatalf("%d calls on record, %d seen after %d kills, %d allowed", n, seen, killed, limit)
	}
}
