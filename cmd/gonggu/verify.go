package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"

	"gonggu/internal/proof"
	"gonggu/internal/server"
)

// A replay makes much that is soon waste: it collects seldom while there is room and often when there is not, so that its memory does not
// grow with the county. What the engine's page caches hold is not counted in room.
const (
	gcPercent = 300
	room      = 256 << 20
)

// roomy lets a replay use its room; GOGC and GOMEMLIMIT in the environment say otherwise.
func roomy() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(room)
	}
}

type verifyCommand struct {
	Data     string `help:"数据文件夹（密钥和文件在这里）" type:"path"`
	Database string `help:"PostgreSQL 地址（postgres://…）；不写则用数据文件夹里的 SQLite" env:"GONGGU_DATABASE"`
	County   string `help:"县级区划代码" default:"411624"`
	Quick    bool   `help:"只核对记录、日志、文件、加密信息和计数，不重算数据表"`
	Root     string `help:"以前印出的日志根：64 位十六进制数（同时用 --size 写明条数），或日报 JSON、日志头、证明文件"`
	Size     int64  `help:"印出日志根时的记录条数"`
	Proof    string `help:"核对一份证明文件，不需要数据库" type:"existingfile"`
	Key      string `help:"核对证明文件用的日志公钥，或日报所印的公钥指纹（16 位），或存有公钥的文件"`
	JSON     bool   `help:"把结果输出为 JSON"`
	Profile  string `hidden:"" type:"path"`
}

func (c *verifyCommand) Run(ctx context.Context) error {
	earlier, err := c.earlier()
	if err != nil {
		return err
	}
	if c.Proof != "" {
		return c.proof(earlier)
	}
	if c.Data == "" {
		return errors.New("请用 --data 写明数据文件夹（用 PostgreSQL 时密钥和文件也在那里），或用 --proof 核对证明文件")
	}
	county, _, err := data{c.Data, c.Database, c.County}.read(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	stop, err := profile(c.Profile)
	if err != nil {
		return err
	}
	defer stop()
	roomy()
	b := &bar{quiet: c.JSON}
	v, err := county.VerifyWith(ctx, server.VerifyOptions{Quick: c.Quick, Earlier: earlier, Progress: b.show})
	b.end()
	if err != nil {
		return err
	}
	return c.print(v)
}

func (c *verifyCommand) print(v *server.Verification) error {
	if c.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(v); err != nil {
			return err
		}
	} else {
		fmt.Printf("记录 %d 条（排查表 %d 份），数据 %d 行，日志根 %s\n", v.Acts, v.Sheets, v.Rows, v.Root)
		for _, f := range v.Faults {
			fmt.Println("不符：" + f)
		}
		if v.More > 0 {
			fmt.Printf("另有 %d 处不符没有列出\n", v.More)
		}
		if v.Skipped != "" {
			fmt.Println("未做：" + v.Skipped)
		}
	}
	if len(v.Faults) > 0 {
		return fmt.Errorf("核对发现 %d 处不符", int64(len(v.Faults))+v.More)
	}
	if c.JSON {
		return nil
	}
	if v.Earlier != "" {
		fmt.Printf("以前的日志根相符：今天的日志是在它之上接着记的（%s）\n", v.Earlier)
	}
	if v.Quick {
		fmt.Println("快速核对无误：记录、日志、文件、加密信息和计数一致；数据表没有重算（去掉 --quick 即重算）")
	} else {
		fmt.Println("核对无误：全部数据与记录一致")
	}
	return nil
}

// proof checks a proof file by itself.
func (c *verifyCommand) proof(earlier *server.Earlier) error {
	if c.Key == "" {
		return errors.New("请用 --key 写明日志公钥，或日报末尾所印的公钥指纹（16 位）")
	}
	key := c.Key
	if b, err := os.ReadFile(c.Key); err == nil {
		key = strings.TrimSpace(string(b))
	}
	file, err := os.ReadFile(c.Proof)
	if err != nil {
		return err
	}
	p, err := proof.Check(file, key)
	if err != nil {
		return err
	}
	if earlier != nil && (p.Size != earlier.Size || p.Root != fmt.Sprintf("%x", earlier.Root[:])) {
		return fmt.Errorf("证明文件本身有效，但它的日志根（%d 条，%s）不是给出的那一个；请用 gonggu proof --size %d 重新出具", p.Size, p.Root, earlier.Size)
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(p)
	}
	fmt.Print(p.Says())
	if earlier != nil {
		fmt.Println("日志根与给出的一致。")
	}
	return nil
}

var (
	hexRoot  = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)
	sizeRoot = regexp.MustCompile(`^(\d+)\s+([0-9a-fA-F]{64})$`)
)

// earlier reads --root and --size; nil when there is none.
func (c *verifyCommand) earlier() (*server.Earlier, error) {
	if c.Root == "" {
		return nil, nil
	}
	if hexRoot.MatchString(c.Root) {
		if c.Size <= 0 {
			return nil, errors.New("请用 --size 写明印出这个日志根时的记录条数（日报末尾“操作日志共 N 条”）")
		}
		return server.ParseEarlier(c.Size, c.Root)
	}
	b, err := os.ReadFile(c.Root)
	if err != nil {
		return nil, fmt.Errorf("--root 应为 64 位十六进制数或一个文件：%w", err)
	}
	return readEarlier(b, c.County)
}

// readEarlier finds size and root in a frozen report's JSON, a proof file, a signed head or a line "SIZE ROOT".
func readEarlier(b []byte, county string) (*server.Earlier, error) {
	var o struct {
		Foot struct {
			LogSize int64
			Root    string
		}
		Head string
	}
	text := string(b)
	if json.Unmarshal(b, &o) == nil {
		if o.Foot.Root != "" {
			return server.ParseEarlier(o.Foot.LogSize, o.Foot.Root)
		}
		text = o.Head
	}
	if size, root, err := proof.ReadHead(text, county); err == nil {
		return &server.Earlier{Size: size, Root: root}, nil
	}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		if m := sizeRoot.FindStringSubmatch(strings.TrimSpace(lines.Text())); m != nil {
			size, err := strconv.ParseInt(m[1], 10, 64)
			if err != nil {
				return nil, err
			}
			return server.ParseEarlier(size, m[2])
		}
	}
	return nil, errors.New("--root 的文件里没有日志根；应为日报 JSON（gonggu report daily --json）、日志头（gonggu proof 不写记录编号）、证明文件，或“条数 根”一行")
}

func profile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); _ = f.Close() }, nil
}
