package app

import (
	"fmt"
	"testing"
)

// What the progress says: the share of the files, and bytes where there is a network.
func TestArchiveProgress(t *testing.T) {
	for _, c := range []struct {
		files, left int
		bytes       int64
		want        string
	}{
		{0, 0, 0, "0.00"},
		{0, 0, 1_250_000, "0.00, 1.2 MB"},
		{1, 0, 0, "1.00, 1 of 1 file"},
		{10, 30, 52_000_000, "0.25, 10 of 40 files, 52.0 MB"},
	} {
		w := &archiveProgress{files: c.files, left: c.left, bytes: c.bytes}
		if got := fmt.Sprintf("%.2f%s", w.done(), w.more()); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
