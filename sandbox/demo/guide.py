"""What the terminal tells whoever started the demo."""

from collections.abc import Callable

from sandbox.demo.settlers import DEMO_EMAIL, DEMO_PHONE
from sandbox.demo.shops import MERCHANT_EMAIL, PASSWORD, STAFF_EMAIL
from sandbox.server import process as partner_server
from sandbox.server.partners import username

TEXT = """
  {site}

  Citizen    {citizen} or {phone}, by code; the code appears here.
             A history, a place in the ranks, a voucher ready to be used.
  Yourself   Sign up with any e-mail or phone, then link a partner as {visitor1}, {visitor2} …
             with password {partner_password}: within seconds it reports what you just did.
  Merchant   {merchant}, password {password}     {site}/merchant/
  Staff      {staff}, password {password}        {site}/admin/
             Both sign in at {site}/accounts/login/password/

  First sign in as the citizen, open an activity to see why it earned its points, and trade points for a coffee.
  Then, in another browser, confirm the voucher as the merchant.
  People go on riding while this runs. Ctrl-C stops everything; the next start is quick.

  市民    用 {citizen} 或 {phone} 登录，验证码显示在这里；已有历史记录、排行名次和一张待用的券。
  自己    用任意邮箱或手机注册，再以 {visitor1}、{visitor2} …（密码 {partner_password}）关联合作方：几秒内就有记录。
  商户    {merchant}，密码 {password}，{site}/merchant/
  员工    {staff}，密码 {password}，{site}/admin/（两者都在 {site}/accounts/login/password/ 登录）
  先以市民登录，点开一条记录看积分从何而来，再换一杯咖啡；然后在另一个浏览器里以商户核销。按 Ctrl-C 停止。
"""


def show(site_url: str, say: Callable[[str], None]) -> None:
    say(
        TEXT.format(
            site=site_url,
            citizen=DEMO_EMAIL,
            phone=DEMO_PHONE,
            visitor1=username(1),
            visitor2=username(2),
            partner_password=partner_server.PASSWORD,
            merchant=MERCHANT_EMAIL,
            staff=STAFF_EMAIL,
            password=PASSWORD,
        )
    )
