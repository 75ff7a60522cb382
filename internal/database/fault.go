package database

import (
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"gonggu/internal/errs"
)

// What the machine does to us, in words for whoever waits. Each means: nothing was kept unless a receipt
// says so, and sending the same again does no harm.
var (
	ErrFull = errs.New(errs.Busy, "database.full", "服务器磁盘已满，这次没有保存；已填的内容还在您这里，请联系系统管理员清理磁盘后再提交一次。")
	ErrLost = errs.New(errs.Busy, "database.lost", "服务器与数据库的连接中断，没有得到保存的回执；请稍后再提交一次，重复提交不会多记。")
	ErrBusy = errs.New(errs.Busy, "database.busy", "数据库正忙，这次没有保存；请稍后再试。")
)

// windowsDiskFull is ERROR_DISK_FULL, for which package syscall has no name on other systems.
const windowsDiskFull = syscall.Errno(112)

// Result codes of SQLite; the low byte is the kind.
const sqliteBusy, sqliteLocked, sqliteFull = 5, 6, 13

// Explain turns what a disk or a lost connection did to a statement into an error that may be shown; any
// other error comes back as it was.
func Explain(err error) error {
	if err == nil || errs.Shown(err) {
		return err
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqliteFull:
			return ErrFull.Because(err)
		case sqliteBusy, sqliteLocked:
			return ErrBusy.Because(err)
		}
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || runtime.GOOS == "windows" && errors.Is(err, windowsDiskFull) {
		return ErrFull.Because(err)
	}
	return explainPostgres(err)
}

func explainPostgres(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch {
		case pg.Code == "53100":
			return ErrFull.Because(err)
		case strings.HasPrefix(pg.Code, "57P"), strings.HasPrefix(pg.Code, "08"):
			return ErrLost.Because(err)
		case pg.Code == "40001", pg.Code == "40P01", strings.HasPrefix(pg.Code, "53"):
			return ErrBusy.Because(err)
		}
		return err
	}
	var refused *pgconn.ConnectError
	var broken *net.OpError
	if errors.As(err, &refused) || errors.As(err, &broken) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err) {
		return ErrLost.Because(err)
	}
	return err
}
