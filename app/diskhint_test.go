package app

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

func TestDiskHint(t *testing.T) {
	told := &market.Error{Class: market.Data, Err: syscall.ENOSPC, Hint: "wait"}
	for _, c := range []struct {
		of    error
		want  string
		class market.Class
	}{
		{of: fmt.Errorf("writing x: %w", syscall.ENOSPC), want: "writing x: no space left on device; make room on the disk and run it again: what was stored before is there", class: market.Failed},
		{of: &market.Error{Class: market.Data, Where: "history.db", Err: fs.ErrPermission}, want: "history.db: permission denied; write elsewhere (--data DIR chooses the store), or make it writable", class: market.Data},
		{of: told, want: told.Error(), class: market.Data},
		{of: errors.New("other"), want: "other", class: market.Failed},
	} {
		got := diskHint(c.of)
		if got.Error() != c.want || market.ClassOf(got) != c.class {
			t.Errorf("%v, class %d; want %s", got, market.ClassOf(got), c.want)
		}
	}
}
