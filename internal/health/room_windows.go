package health

import "golang.org/x/sys/windows"

// room returns the bytes free to us and in all on the disk of dir.
func room(dir string) (free, total int64, err error) {
	p, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, 0, err
	}
	var f, t uint64
	err = windows.GetDiskFreeSpaceEx(p, &f, &t, nil)
	return int64(f), int64(t), err
}
