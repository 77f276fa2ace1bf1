package app

import (
	"testing"
	"time"
)

// What the progress says: files, bytes where there is a network, and how long it takes yet.
func TestArchiveProgress(t *testing.T) {
	for _, c := range []struct {
		files, left int
		bytes       int64
		want        string
	}{
		{0, 0, 0, "0 files"},
		{0, 0, 1_250_000, "0 files, 1.2 MB"},
		{1, 0, 0, "1 file"},
		{10, 30, 52_000_000, "10 files, 52.0 MB, 30 to go in about 1m0s"},
	} {
		w := &archiveProgress{files: c.files, left: c.left, bytes: c.bytes}
		if got := w.line(20 * time.Second); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
