# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The texts of the page in English and Chinese."""

from __future__ import annotations

LANGUAGES = {"en": "en", "zh": "zh-CN"}
"""The languages of the page, with their HTML names."""

WORDS: dict[str, tuple[str, str]] = {
    "title": ("WoTrus certificates", "沃通证书"),
    "skip": ("Skip to the certificates", "跳到证书列表"),
    "as_of": ("As of", "截至"),
    "zone": ("Times in", "时区"),
    "stale": ("This page is {n} day old.|This page is {n} days old.", "本页生成于 {n} 天前。"),
    "contents": ("On this page", "本页内容"),
    "summary": ("By state", "按状态"),
    "all": ("All", "全部"),
    # Who has to act.
    "action_items": ("To do", "待办事项"),
    "action_items_none": ("All certificates are valid. There is nothing to do.", "所有证书均有效，没有待办事项。"),
    "urgency.broken": ("Broken now", "已失效，需立即处理"),
    "urgency.ends_in_7_days": ("Ends within 7 days", "7 天内到期"),
    "urgency.ends_in_30_days": ("Ends within 30 days", "30 天内到期"),
    "urgency.waiting_for_you": ("Waiting for you", "等待您处理"),
    "urgency.waiting_for_ca": ("Waiting for the CA", "等待 CA"),
    "urgency.next_run": ("Done by the next run", "下次运行时处理"),
    "open": ("Open the page", "打开页面"),
    "waiting_since": ("Waiting since", "开始等待于"),
    "for_days": ("{n} day|{n} days", "{n} 天"),
    "renewed_from": ("Renewed from", "续期开始于"),
    "command": ("Command that helps", "处理命令"),
    "expires_in_days": ("expires in {n} day|expires in {n} days", "{n} 天后到期"),
    "expires_today": ("expires today", "今天到期"),
    "expires_days_ago": ("expired {n} day ago|expired {n} days ago", "{n} 天前到期"),
    "may_be_charged": ("may be charged", "可能收费"),
    "host_not_read": ("The host could not be read", "无法读取该主机"),
    "alarm.failure": ("alarm", "告警"),
    "alarm.warning": ("warning", "警告"),
    # States.
    "state.key_lost": ("Key lost", "私钥丢失"),
    "state.expired": ("Expired", "已过期"),
    "state.revoked": ("Revoked", "已吊销"),
    "state.files_damaged": ("Files damaged", "文件损坏"),
    "state.nothing_live": ("Nothing deployed", "没有已部署的证书"),
    "state.blocked": ("Blocked", "已阻止，需人工处理"),
    "state.waiting_for_you": ("Waiting for you", "等待您处理"),
    "state.not_read": ("Not read", "无法读取"),
    "state.not_ordered": ("Not ordered", "尚未下单"),
    "state.due": ("Due", "待处理"),
    "state.waiting_for_ca": ("Waiting for the CA", "等待 CA"),
    "state.revoking": ("Being revoked", "吊销审核中"),
    "state.valid": ("Valid", "有效"),
    # Stages of an order.
    "stages": ("Orders by stage", "订单阶段"),
    "stage.waiting_on_you": ("Waiting for you", "等待您处理"),
    "stage.waiting_on_ca": ("Waiting for the CA", "等待 CA"),
    "stage.issued": ("Issued", "已签发"),
    "stage.revoking": ("Being revoked", "吊销审核中"),
    "stage.dead": ("Closed, rejected or revoked", "已关闭、拒绝或吊销"),
    "stage.unknown": ("Unknown", "未知"),
    "stage.none": ("No order was checked", "未查询订单"),
    # Months.
    "months": ("Expiry by month", "到期月份"),
    "month": ("{n} certificate expires|{n} certificates expire", "{n} 张证书到期"),
    "later": ("later", "以后"),
    # The table.
    "certificates": ("Certificates", "证书"),
    "search": ("Search", "搜索"),
    "search_hint": ("Name, host, order, serial number", "名称、主机、订单号、序列号"),
    "sort": ("Sort by", "排序"),
    "clear": ("Clear filters", "清除筛选"),
    "shown": ("{n} of {m} shown", "显示 {n} / {m}"),
    "none_shown": ("No certificate matches.", "没有符合条件的证书。"),
    "none": ("There are no certificates.", "没有证书。"),
    "caption": (
        "Each certificate with its host, its validity and its order. A button in a column's head sorts by it.",
        "各证书的主机、有效期与订单；点击列标题可排序。",
    ),
    "column.name": ("Certificate", "证书"),
    "column.host": ("Host", "主机"),
    "column.state": ("State", "状态"),
    "column.validity": ("Validity", "有效期"),
    "column.expires": ("Expires", "到期"),
    "column.order": ("Order", "订单"),
    "column.why": ("Why", "原因"),
    "column.superseded_by": ("Superseded by", "被取代方式"),
    "column.until": ("Valid until", "有效至"),
    "column.end": ("Next", "后续处理"),
    "from": ("from", "自"),
    "to": ("to", "至"),
    "in_days": ("in {n} day|in {n} days", "{n} 天后"),
    "days_ago": ("{n} day ago|{n} days ago", "{n} 天前"),
    "today": ("today", "今天"),
    "no_certificate": ("No certificate", "无证书"),
    "no_order": ("No order", "无订单"),
    "reload_pending": ("services not notified yet", "尚未通知服务"),
    "key_missing": ("the key is gone", "私钥丢失"),
    # Superseded certificates.
    "superseded": ("Superseded and still valid", "已被取代但仍有效"),
    "superseded_none": ("There are none.", "没有。"),
    "superseded_caption": (
        "Former certificates that are neither revoked nor expired.",
        "尚未吊销且未到期的旧证书。",
    ),
    "operation.reissue": ("Reissue", "重新颁发"),
    "operation.renew": ("Renewal", "续期"),
    "operation.order": ("New order", "新订单"),
    "revoke": ("To be revoked", "应吊销"),
    "ends": ("Expires by itself", "到期自然失效"),
    "unknown": ("unknown", "未知"),
    "footer": (
        "Made by the Ansible collection wotrus.pki. It holds no keys and no passwords.",
        "由 Ansible 集合 wotrus.pki 生成，不含私钥和密码。",
    ),
    # Reasons of the plan and of results.
    "reason.not_ordered": ("No order is recorded", "没有订单记录"),
    "reason.interrupted": ("A run was interrupted", "上次运行中断"),
    "reason.pending_review": ("Under review", "审核中"),
    "reason.pending_payment": ("Not paid", "未付款"),
    "reason.pending_validation": ("To be validated", "待验证"),
    "reason.pending_ca": ("The CA has to issue it", "等待 CA 签发"),
    "reason.issued": ("Issued, to be deployed", "已签发，待部署"),
    "reason.expiring": ("In its renewal window", "已进入续期窗口"),
    "reason.expired": ("Expired", "已过期"),
    "reason.expires_soon": ("Expires soon", "即将过期"),
    "reason.key_lost": ("The key is gone", "私钥丢失"),
    "reason.key_changed": ("Another key is wanted", "要求更换密钥"),
    "reason.key_too_old": ("The key is too old", "密钥过旧"),
    "reason.key_mismatch": ("The certificate is for another key", "证书与密钥不匹配"),
    "reason.definition_changed": ("The definition changed", "定义已更改"),
    "reason.requested": ("A reissue was requested", "已要求重新颁发"),
    "reason.rolled_back": ("Was rolled back", "曾回滚"),
    "reason.record_lost": ("The record was lost", "记录丢失"),
    "reason.files_lost": ("Files were lost", "文件丢失"),
    "reason.files_damaged": ("Files are damaged", "文件损坏"),
    "reason.certificate_changed": ("WoTrus has a newer certificate", "沃通有更新的证书"),
    "reason.nothing_live": ("No certificate is deployed", "没有已部署的证书"),
    "reason.waiting_too_long": ("Waiting for too long", "等待时间过长"),
    "reason.order_dead": ("The order is closed, rejected or revoked", "订单已终止"),
    "reason.order_mismatch": ("The order is for another certificate", "订单与证书不符"),
    "reason.order_unknown": ("WoTrus does not know the order", "沃通没有该订单"),
    "reason.order_name_changed": ("The order name changed", "订单名已更改"),
    "reason.not_selected": ("Skipped by this run", "本次运行未选择"),
    "reason.order_limit": ("The order limit is exceeded", "超过订单上限"),
    "reason.order_name_shared": ("Several certificates have one order name", "多张证书使用同一订单名"),
    "reason.order_claimed_twice": ("Several hosts have one order", "多台主机使用同一订单"),
    "reason.renewed_recently": ("Renewed recently", "近期已续期"),
    "reason.ca_time_unknown": ("The time of the CA is unknown", "无法得知 CA 的时间"),
    "reason.revoking": ("Revocation under review", "吊销审核中"),
    "reason.revoked": ("Revoked", "已吊销"),
    "reason.rejected": ("Rejected", "已拒绝"),
    "reason.closed": ("Closed", "已关闭"),
    "reason.order_not_found": ("Order not found", "找不到订单"),
    "reason.unknown_status": ("Unknown status", "未知状态"),
    "reason.valid": ("Valid", "有效"),
}
"""English and Chinese by key. A bar parts the singular from the plural; braces hold inserted values."""


def word(key: str, language: str, **numbers: object) -> str:
    """Return a word of the page.

    :param numbers: what is put in for the names in braces; ``n`` chooses between singular and plural
    """
    text = WORDS[key][list(LANGUAGES).index(language)]
    forms = text.split("|")
    return forms[0 if numbers.get("n") == 1 else -1].format(**numbers)


def dictionary() -> dict[str, dict[str, str]]:
    """Return all words by language and key, for the page's own switch."""
    return {name: {key: texts[number] for key, texts in WORDS.items()} for number, name in enumerate(LANGUAGES)}
