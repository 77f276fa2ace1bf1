package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// KillFile stops new risk when a file appears: the switch that works where nothing else
// does. What stands in it is the reason.
type KillFile struct {
	Path string
	Desk Desk
	Log  *slog.Logger

	mu     sync.Mutex
	obeyed bool // the file that is there
}

// killEvery is how often the file is looked for.
const killEvery = time.Second

// Check obeys the file if it is there, and says whether it did so now.
func (k *KillFile) Check() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	reason, there, err := k.read()
	switch {
	case err != nil:
		k.Log.Warn("the kill file cannot be looked for", "file", k.Path, "error", err)
		return false
	case !there || k.obeyed:
		k.obeyed = there
		return false
	}
	k.obeyed = true
	k.Log.Warn("killed by the kill file: no new risk until resume", "file", k.Path, "reason", reason)
	k.Desk.Say(market.Kill, market.Word{Text: KillText("the kill file", reason)})
	return true
}

// Watch looks for the file until ctx ends.
func (k *KillFile) Watch(ctx context.Context) {
	every := time.NewTicker(killEvery)
	defer every.Stop()
	for {
		k.Check()
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}

// maxReason bounds a reason, in bytes.
const maxReason = 200

// read returns what the file says, and whether it is there.
func (k *KillFile) read() (reason string, there bool, err error) {
	info, err := os.Stat(k.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", false, nil
	case err != nil:
		return "", false, err
	case !info.Mode().IsRegular():
		return "", true, nil
	}
	f, err := os.Open(k.Path)
	if err != nil {
		return "", true, nil // it is there, and that is enough
	}
	defer f.Close()
	text, _ := io.ReadAll(io.LimitReader(f, maxReason))
	return oneLine(string(text)), true, nil
}

// without removes the file and calls resume, with nobody obeying the file in between.
func (k *KillFile) without(resume func() error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, err := RemoveKillFile(k.Path); err != nil {
		return err
	}
	k.obeyed = false
	return resume()
}

// RemoveKillFile removes a kill file, and says whether it was there.
func RemoveKillFile(path string) (there bool, err error) {
	switch err := os.Remove(path); {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return true, &market.Error{Class: market.Usage, Err: fmt.Errorf("the kill file cannot be removed: %w", err), Hint: "remove it, and resume again: while it is there, the next start is killed"}
	}
	return true, nil
}

// WriteKillFile makes a kill file, which a session obeys within a second, and one that
// starts at once.
func WriteKillFile(path, reason string) error {
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte(oneLine(reason)+"\n"), 0o600)
	}
	if err != nil {
		return &market.Error{Class: market.Failed, Err: fmt.Errorf("the kill file cannot be written: %w", err), Hint: "stop the process itself, and cancel its orders at the venue"}
	}
	return nil
}
