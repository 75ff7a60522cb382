package main

import (
	"context"
	"fmt"
)

type campaignCommand struct {
	Open campaignOpen `cmd:"" help:"按方案包建议的日期启动专项行动"`
}

type campaignOpen struct{ data }

// Run opens the campaign from the machine itself; the office opens it on the desk's 方案 page.
func (c *campaignOpen) Run(ctx context.Context) error {
	county, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	f, err := packFS("")
	if err != nil {
		return err
	}
	p, err := county.SetUp(ctx, f)
	if err != nil {
		return err
	}
	if err := county.OpenCampaign(ctx, p); err != nil {
		return err
	}
	camp, err := county.Book.InForce(ctx, county.DB)
	if err != nil {
		return err
	}
	fmt.Printf("专项行动已启动：%s\n", camp.Title)
	for _, ph := range camp.Phases {
		fmt.Printf("  %s　%s 至 %s\n", ph.Name, ph.From, ph.To)
	}
	return nil
}
