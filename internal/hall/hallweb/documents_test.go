package hallweb_test

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/id"
)

// scan is a picture as a scanner makes it.
func scan(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 6))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// send posts a form with files; each file is a name and its bytes.
func (r *reader) send(path string, fields map[string]string, files map[string][]byte) answer {
	r.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range fields {
		if err := w.WriteField(k, v); err != nil {
			r.t.Fatal(err)
		}
	}
	for name, body := range files {
		p, err := w.CreateFormFile("files", name)
		if err == nil {
			_, err = p.Write(body)
		}
		if err != nil {
			r.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		r.t.Fatal(err)
	}
	req, err := http.NewRequest("POST", r.s.srv.URL+path, &b)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Accept-Language", r.tag)
	res, err := r.c.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer{res.StatusCode, string(body), res.Header.Get("Location"), res.Header}
}

var paperLink = regexp.MustCompile(`href="(/documents/[^"?]+)"`)

// papersOn gives the addresses of the files that a page shows.
func papersOn(a answer) (out []string) {
	for _, m := range paperLink.FindAllStringSubmatch(a.body, -1) {
		out = append(out, m[1])
	}
	return out
}

func TestALicenceFromTheContactToTheOfficerAndBack(t *testing.T) {
	s := open(t)
	contact, clerk, auditor := s.as(t, s.A.Contact), s.as(t, s.A.Clerk), s.as(t, s.A.Auditor)
	own, firm, number := "/me/enterprises/"+s.A.Enterprise.ID, "/console/enterprises/"+s.A.Enterprise.ID, hall.LicenceFrom("91350100MA2XN0021")
	if a := contact.get("/me"); !strings.Contains(a.body, own) {
		t.Fatal("the way from one's account is missing")
	}
	contact.get(own).want(t, 200, "还没有交营业执照", "提交营业执照").without(t, "更换后要重新核验")
	contact.send(own+"/licence", nil, nil).want(t, http.StatusUnprocessableEntity, "请选择照片或 PDF")
	contact.send(own+"/licence", nil, map[string][]byte{"执照.txt": []byte("plain words")}).want(t, http.StatusUnprocessableEntity, "“执照.txt”不能收")
	contact.send(own+"/licence", nil, map[string][]byte{"x.png": []byte("\x89PNG\r\n\x1a\nbroken")}).want(t, http.StatusUnprocessableEntity, "打不开")
	contact.send(own+"/licence", nil, map[string][]byte{"执照.png": scan(t), "附页.pdf": []byte("%PDF-1.4 annex")}).leads(t, own)
	shown := contact.get(own).want(t, 200, "等待工会核对", "更换营业执照")
	links := papersOn(shown)
	if len(links) != 2 {
		t.Fatal(links)
	}
	for _, link := range links {
		a := clerk.get(link)
		how := map[string]string{"image/png": "inline", "application/pdf": "attachment"}[a.header.Get("Content-Type")]
		if a.status != 200 || how == "" || !strings.HasPrefix(a.header.Get("Content-Disposition"), how) || !strings.Contains(a.header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%d %v", a.status, a.header)
		}
		auditor.get(link).want(t, 200)
		for _, p := range []hall.Person{s.A.Worker, s.A.Expert, s.B.Contact, s.B.Lead} {
			s.as(t, p).get(link).want(t, 404)
		}
		s.reader(t).get(link).want(t, http.StatusSeeOther)
	}
	s.as(t, s.B.Contact).get(own).want(t, 404)
	clerk.get(own).want(t, 404)
	clerk.send(own+"/licence", nil, map[string][]byte{"x.png": scan(t)}).want(t, 404)

	clerk.get("/console/documents").want(t, 200, s.A.Enterprise.Name, "共 1")
	s.as(t, s.B.Clerk).get("/console/documents").want(t, 200).without(t, s.A.Enterprise.Name)
	form := clerk.get(firm+"/verify").want(t, 200, "企业提交的营业执照")
	if got := papersOn(form); len(got) != 2 {
		t.Fatal(got)
	}
	given := strings.Split(links[0], "/")[2]
	clerk.post(firm+"/verify", "state", "refused", "reason", "公章看不清", "document", given).leads(t, firm)
	clerk.get("/console/documents").want(t, 200, "没有等着核对的材料")
	contact.get(own).want(t, 200, "未通过核验", "公章看不清")

	contact.send(own+"/licence", nil, map[string][]byte{"执照.png": scan(t)}).leads(t, own)
	contact.get(own).want(t, 200, "等待工会核对").without(t, "公章看不清")
	clerk.post(firm+"/verify", "state", "verified", "licence", number, "document", given).want(t, http.StatusConflict, "对方换了材料")
	given = strings.Split(papersOn(contact.get(own))[0], "/")[2]
	clerk.post(firm+"/verify", "state", "verified", "licence", number, "document", given).leads(t, firm)
	contact.get(own).want(t, 200, "已核验", "更换后要重新核验")
	contact.tag = "en"
	contact.get(own).want(t, 200, "Replace the business licence", "A new licence has to be verified again")
}

// handIn has a contact who is added for it hand in a licence.
func (s *site) handIn(t *testing.T, e hall.Enterprise) {
	t.Helper()
	clerk := halltest.Actor(t, s.s, s.A.Clerk)
	if _, err := s.s.AddContact(bg, clerk, hall.ContactInput{EnterpriseID: e.ID, Phone: s.A.Contact.Phone.Whole()}); err != nil {
		t.Fatal(err)
	}
	p := hall.Paper{ID: id.New(), Name: "a.png", Type: "image/png", Hash: strings.Repeat("0", 64)}
	if _, err := s.s.GiveLicence(bg, halltest.Actor(t, s.s, s.A.Contact), e.ID, []hall.Paper{p}); err != nil {
		t.Fatal(err)
	}
}

func TestAnHonourFromTheMasterToTheFirm(t *testing.T) {
	s := open(t)
	master, clerk, firm := s.as(t, s.A.Expert), s.as(t, s.A.Clerk), s.as(t, s.B.Contact)
	public := "/masters/" + s.A.Expert.ID
	master.get("/me/master").want(t, 200, "我的荣誉")
	master.get("/me/master/honours").want(t, 200, "已确认的荣誉", "添加一项荣誉").without(t, "等待核对和未通过的")
	fields := map[string]string{"name": "福建工匠", "level": "provincial", "year": "2023", "issuer": "福建省总工会"}
	master.send("/me/master/honours", fields, nil).want(t, http.StatusUnprocessableEntity, "请选择照片或 PDF")
	master.send("/me/master/honours", map[string]string{"name": "福建工匠"}, map[string][]byte{"a.png": scan(t)}).want(t, http.StatusUnprocessableEntity)
	master.send("/me/master/honours", fields, map[string][]byte{"证书.png": scan(t)}).leads(t, "/me/master/honours")
	link := papersOn(master.get("/me/master/honours").want(t, 200, "等待工会核对", "福建工匠"))[0]
	firm.get(public).want(t, 200).without(t, "福建工匠")
	firm.get(link).want(t, 404)
	s.as(t, s.A.Worker).get("/me/master/honours").want(t, 403)

	decide := "/console/honours/" + strings.Split(link, "/")[2]
	if a := clerk.get("/console/documents").want(t, 200, "福建工匠", "荣誉证书"); !strings.Contains(a.body, decide) {
		t.Fatal("no way to the honour")
	}
	if got := papersOn(clerk.get(decide).want(t, 200, "福建省总工会", "核对结果")); len(got) != 1 {
		t.Fatal(got)
	}
	s.as(t, s.B.Lead).get(decide).want(t, 404)
	s.as(t, s.A.Auditor).get(decide).want(t, 200).without(t, "保存核对结果")
	s.as(t, s.A.Auditor).post(decide, "state", "confirmed").want(t, 403)
	clerk.post(decide, "state", "refused").want(t, http.StatusUnprocessableEntity)
	clerk.post(decide, "state", "refused", "reason", "年份看不清").leads(t, "/console/documents")
	clerk.post(decide, "state", "confirmed").leads(t, decide)
	clerk.get(decide).want(t, 200, "已经有人核对过了", "未通过", "年份看不清")
	master.get("/me/master/honours").want(t, 200, "未通过", "年份看不清")
	firm.get(public).want(t, 200).without(t, "福建工匠")

	master.send("/me/master/honours", fields, map[string][]byte{"证书.png": scan(t)}).leads(t, "/me/master/honours")
	decide = "/console/honours/" + strings.Split(papersOn(master.get("/me/master/honours"))[0], "/")[2]
	clerk.post(decide, "state", "confirmed").leads(t, "/console/documents")
	firm.get(public).want(t, 200, "福建工匠", "省部级 · 福建省总工会 · 2023", "确认")
	master.get("/me/master/honours").want(t, 200, "由"+s.A.Clerk.Name+"确认")
	clerk.get("/console/audits").want(t, 200, "确认荣誉", "荣誉未予确认")

	all := "/console/masters/" + s.A.Expert.ID + "/honours"
	clerk.get(all).want(t, 200, s.A.Expert.Name+"的荣誉", "登记一项荣誉", "年份看不清")
	fields["name"] = "福州市劳动模范"
	clerk.send(all, fields, nil).leads(t, all)
	firm.get(public).want(t, 200, "福州市劳动模范")
	s.as(t, s.A.Auditor).get(all).want(t, 200).without(t, "登记并确认")
	s.as(t, s.B.Lead).get(all).want(t, 404)
}

// A master takes back what waits, after saying so twice; what was decided stays, and nobody takes back another's.
func TestAMasterTakesAnHonourBack(t *testing.T) {
	s := open(t)
	master, clerk := s.as(t, s.A.Expert), s.as(t, s.A.Clerk)
	const page = "/me/master/honours"
	give := func() (withdraw, document, paper string) {
		t.Helper()
		master.send(page, map[string]string{"name": "福建工匠", "level": "provincial", "year": "2023", "issuer": "福建省总工会"}, map[string][]byte{"证书.png": scan(t)}).leads(t, page)
		paper = papersOn(master.get(page))[0]
		document = strings.Split(paper, "/")[2]
		return page + "/" + document + "/withdraw", document, paper
	}
	withdraw, document, paper := give()
	if a := master.get(page).want(t, 200, "撤回“福建工匠”？", "一并删除"); !strings.Contains(a.body, `action="`+withdraw+`"`) {
		t.Error("no way to take it back")
	}
	clerk.get("/console/masters/"+s.A.Expert.ID+"/honours").want(t, 200, "福建工匠").without(t, "撤回")
	for _, other := range []hall.Person{s.A.Clerk, s.B.Expert, s.A.Contact} {
		s.as(t, other).post(withdraw).want(t, 404)
	}
	master.post(withdraw).leads(t, page)
	master.get(page).want(t, 200, "已撤回").without(t, "福建工匠")
	master.get(paper).want(t, 404)
	clerk.get("/console/honours/"+document).want(t, 404)
	clerk.post("/console/honours/"+document, "state", "confirmed").want(t, 404)
	clerk.get("/console/documents").want(t, 200).without(t, "福建工匠")
	clerk.get("/console/audits").want(t, 200, "撤回提交的荣誉", "提交荣誉")
	master.post(withdraw).want(t, 404)

	withdraw, document, _ = give() // the same again: none is in its way
	clerk.post("/console/honours/"+document, "state", "confirmed").leads(t, "/console/documents")
	if a := master.get(page).want(t, 200, "福建工匠"); strings.Contains(a.body, withdraw) {
		t.Error("what was confirmed can be taken back")
	}
	master.post(withdraw).leads(t, page)
	master.get(page).want(t, 200, "已经有人核对过了", "福建工匠")
}
