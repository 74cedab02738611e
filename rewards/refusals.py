"""Every way in which rewards say no. A refusal writes nothing; its code is stable, its title plain words."""

from django.utils.translation import gettext_lazy as _

from accounts.citizens import CitizenSuspended
from config.problems import Problem
from ledger.posting import PointsNotEnough


class OfferUnknown(Problem):
    status, code, title = 404, "offer_unknown", _("There is no such offer.")


class PlaceUnclear(Problem):
    code, title = "place_unclear", _("A place is latitude and longitude in degrees: 30.274,120.155")


class OfferNotBegun(Problem):
    status, code, title = 409, "offer_not_begun", _("This offer has not begun yet.")


class OfferOver(Problem):
    status, code, title = 409, "offer_over", _("This offer is over.")


class OfferPaused(Problem):
    status, code, title = 409, "offer_paused", _("This offer is paused at the moment.")


class MerchantSuspended(Problem):
    status, code, title = 409, "merchant_suspended", _("This merchant takes no new vouchers at the moment.")


class SoldOut(Problem):
    status, code, title = 409, "sold_out", _("This offer is sold out.")


class SoldOutToday(Problem):
    status, code, title = 409, "sold_out_today", _("This offer is sold out for today. Tomorrow there is more.")


class SoldOutInDistrict(Problem):
    status, code, title = 409, "sold_out_in_district", _("The share of your district is sold out.")


class DistrictNeeded(Problem):
    status, code, title = 409, "district_needed", _("This offer is shared out by district. Choose yours first.")


class PersonLimitReached(Problem):
    status, code, title = 409, "person_limit_reached", _("You have had as many of these as one person may.")


class NotEligible(Problem):
    status, code, title = 403, "not_eligible", _("This offer is for the members of a group.")


class LevelNeeded(Problem):
    status, code = 403, "level_needed"
    title = _("This offer is for a higher level. Your level of this month counts, or that of last month.")


class RedemptionConflict(Problem):
    status, code, title = 409, "redemption_conflict", _("This id was used before for something else.")


class RedemptionUnknown(Problem):
    status, code, title = 404, "redemption_unknown", _("There is no such voucher.")


class RedemptionClosed(Problem):
    status, code, title = 409, "redemption_closed", _("This voucher can no longer be cancelled.")


class VoucherUnknown(Problem):
    status, code, title = 404, "voucher_unknown", _("There is no voucher with this code here.")


class VoucherExpired(Problem):
    status, code, title = 409, "voucher_expired", _("This voucher has expired.")


class VoucherUsed(Problem):
    status, code, title = 409, "voucher_used", _("This voucher was used before.")


class VoucherCancelled(Problem):
    status, code, title = 409, "voucher_cancelled", _("This voucher was cancelled.")


class VoucherRefunded(Problem):
    status, code, title = 409, "voucher_refunded", _("This voucher was refunded.")


class WrongMerchant(Problem):
    status, code, title = 404, "wrong_merchant", _("This voucher is for another merchant.")


class VoucherForged(Problem):
    status, code, title = 409, "voucher_bad_signature", _("This voucher was not issued by the city.")


class RotatingCodeMissing(Problem):
    status, code, title = 409, "rotating_code_missing", _("This voucher needs its six changing digits too.")


class RotatingCodeWrong(Problem):
    status, code, title = 409, "rotating_code_wrong", _("The six digits are not those of this moment.")


class TriesSpent(Problem):
    status, code, title = 429, "tries_spent", _("Wrong digits too often. Try again in ten minutes.")


class OwnVoucher(Problem):
    status, code, title = 403, "own_voucher", _("This voucher is your own: somebody else at the shop confirms it.")


class ClockSkew(Problem):
    status, code, title = 409, "clock_skew", _("A clock is wrong by minutes: the digits are of another time.")


class ScanTimeUnclear(Problem):
    code, title = "scan_time_unclear", _("The till did not say when this was scanned, with the time zone.")


class ConnectionNeeded(Problem):
    status, code, title = 409, "connection_needed", _("A voucher with a changing code is confirmed online only.")


class SignInUnknown(Problem):
    status, code, title = 404, "sign_in_unknown", _("Nobody signs in with this address yet. Let them sign in once.")


class LastOwner(Problem):
    status, code, title = 409, "last_owner", _("A merchant keeps at least one owner.")


class NotRefundable(Problem):
    status, code, title = 409, "not_refundable", _("Only a voucher that was used can be refunded.")


class RefundReasonMissing(Problem):
    code, title = "refund_reason_missing", _("Say why it is refunded: the citizen reads it.")


class RoleNotEnough(Problem):
    status, code, title = 403, "role_not_enough", _("Only a manager or an owner of this merchant may do this.")


class StockTaken(Problem):
    status, code, title = 409, "stock_taken", _("There are not that many left to take away.")


class OfferStepImpossible(Problem):
    status, code, title = 409, "offer_step_impossible", _("The offer cannot go from this state to that one.")


class ReasonMissing(Problem):
    code, title = "reason_missing", _("Say why, so that the merchant can change it.")


class PhotoUnfit(Problem):
    code, title = "photo_unfit", _("A photo is a JPEG, PNG or WebP file.")


class GiftsNotGiven(Problem):
    status, code, title = 409, "gifts_not_given", _("Fewer gifts wait to be handed over than this says.")


class PeriodNotOver(Problem):
    status, code, title = 409, "period_not_over", _("A settlement is closed for days that are over, in their order.")


class ContractMissing(Problem):
    status, code, title = 409, "contract_missing", _("This merchant has no contract that says fee and account.")


class PayoutStepImpossible(Problem):
    status, code, title = 409, "payout_step_impossible", _("This settlement is not waiting to be paid.")


class PayoutReasonMissing(Problem):
    code, title = "payout_reason_missing", _("Say why the payment failed, as the bank put it.")


class NothingToPay(Problem):
    status, code, title = 409, "nothing_to_pay", _("None of these settlements is waiting to be paid.")


class DisputeOpen(Problem):
    status, code, title = 409, "dispute_open", _("This line is questioned already.")


class DisputeClosed(Problem):
    status, code, title = 409, "dispute_closed", _("This dispute was answered before.")


_WHEN_REDEEMING: tuple[type[Problem], ...] = (
    OfferUnknown,
    OfferNotBegun,
    OfferOver,
    OfferPaused,
    MerchantSuspended,
    SoldOut,
    SoldOutToday,
    SoldOutInDistrict,
    DistrictNeeded,
    PersonLimitReached,
    NotEligible,
    LevelNeeded,
    RedemptionConflict,
    PointsNotEnough,
    CitizenSuspended,
)
WHEN_REDEEMING = {refusal.code: refusal for refusal in _WHEN_REDEEMING}
"""What the server-side function may answer, by code."""
