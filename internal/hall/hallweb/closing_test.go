package hallweb_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/unionhall/unionhall/internal/hall"
)

// matters are what is under way, by enterprise.
type matters map[string][]hall.Matter

func (m matters) OngoingOf(_ context.Context, personID string, _ int) ([]hall.Matter, error) {
	return m[personID], nil
}

func (m matters) Ongoing(_ context.Context, enterpriseID string, _ int) ([]hall.Matter, error) {
	return m[enterpriseID], nil
}

func TestRemovingAContactOnThePages(t *testing.T) {
	s := open(t)
	s.s.Consult(matters{s.A.Enterprise.ID: {{Title: "薄壁套变椭圆", Href: "/needs/1"}}})
	clerk := s.as(t, s.A.Clerk)
	firm := "/console/enterprises/" + s.A.Enterprise.ID
	clerk.post(firm+"/contacts", "phone", s.A.Worker.Phone.Whole(), "title", "厂长").leads(t, firm)
	remove := firm + "/contacts/" + s.A.Worker.ID + "/remove"
	clerk.get(firm).want(t, 200, "移除").without(t, "最近移除的联系人")
	clerk.get(remove).want(t, 200, "移除联系人吴晓梅", "30 天内").without(t, "最后一位联系人", "薄壁套变椭圆")
	clerk.get(firm).want(t, 200, "吴晓梅") // asking has done nothing
	clerk.post(remove).leads(t, firm)
	clerk.get(firm).want(t, 200, "吴晓梅不再代表这家企业", "最近移除的联系人", "恢复")
	clerk.post(remove).want(t, http.StatusNotFound)
	clerk.get("/console/audits").want(t, 200, "移除企业联系人 · 吴晓梅")
	s.as(t, s.A.Auditor).get(firm).want(t, 200).without(t, "恢复", "/remove", "/close")
	s.as(t, s.A.Auditor).get(remove).want(t, http.StatusForbidden)
	s.as(t, s.A.Contact).get(remove).want(t, http.StatusForbidden)

	clerk.post(firm+"/contacts/"+s.A.Worker.ID+"/restore").leads(t, firm)
	clerk.get(firm).want(t, 200, "吴晓梅", "厂长").without(t, "最近移除的联系人")
	clerk.post(remove).leads(t, firm)
	last := firm + "/contacts/" + s.A.Contact.ID + "/remove"
	clerk.get(last).want(t, 200, "这是最后一位联系人", "薄壁套变椭圆", "移除")
	clerk.post(last).leads(t, firm)
	clerk.get(firm).want(t, 200, "还没有联系人")
	clerk.get(firm+"/contacts/nonsense/remove").want(t, http.StatusNotFound)
	clerk.tag = "en"
	clerk.get(firm).want(t, 200, "Contacts removed lately", "Put back")
}

func TestClosingAnEnterpriseOnThePages(t *testing.T) {
	s := open(t)
	busy := matters{s.A.Enterprise.ID: {{Title: "薄壁套变椭圆", Href: "/needs/1"}}}
	s.s.Consult(busy)
	clerk := s.as(t, s.A.Clerk)
	firm := "/console/enterprises/" + s.A.Enterprise.ID
	clerk.get(firm).want(t, 200, "停用企业")
	clerk.get(firm+"/close").want(t, 200, "还有没办完的需求", "薄壁套变椭圆", "不会替您撤回").without(t, `name="reason"`)
	clerk.post(firm+"/close", "reason", "歇业").want(t, http.StatusConflict, "薄壁套变椭圆")
	delete(busy, s.A.Enterprise.ID)
	clerk.get(firm+"/close").want(t, 200, "重新启用", "原因").without(t, "还有没办完的需求")
	clerk.post(firm+"/close", "reason", " ").want(t, http.StatusUnprocessableEntity, "请填写此项")
	clerk.post(firm+"/close", "reason", "厂房到期，歇业").leads(t, firm)
	clerk.get(firm).want(t, 200, "这家企业已停用", "原因：厂房到期，歇业", "重新启用").without(t, "添加联系人", "替企业提需求", "/close")
	clerk.get("/console/enterprises").want(t, 200, "已停用")
	clerk.get(firm+"/close").leads(t, firm)
	clerk.post(firm+"/contacts", "phone", s.A.Worker.Phone.Whole()).leads(t, firm)
	clerk.get(firm).want(t, 200, "请先重新启用")
	s.as(t, s.A.Auditor).get(firm).want(t, 200, "这家企业已停用").without(t, "/reopen")
	s.as(t, s.A.Auditor).post(firm+"/reopen").want(t, http.StatusForbidden)
	clerk.get("/console/audits").want(t, 200, "停用企业 · 厂房到期，歇业")
	clerk.post(firm+"/reopen").leads(t, firm)
	clerk.get(firm).want(t, 200, "已重新启用", "添加联系人", "替企业提需求").without(t, "这家企业已停用")
	clerk.tag = "en"
	clerk.get(firm+"/close").want(t, 200, "Close enterprise", "This can be undone")
}
