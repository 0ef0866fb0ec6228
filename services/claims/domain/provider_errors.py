"""Refusals about the directory of providers (CLM-2)."""

from shared.errors import Conflict, Forbidden, NotFound, Rejected


class ProviderNotFoundError(NotFound):
    """No such provider, or one that another dossier added (which is not told apart)."""

    def __init__(self) -> None:
        super().__init__("claims.provider_not_found")


class ProviderPhoneInvalidError(Rejected):
    """Not a telephone number."""

    def __init__(self) -> None:
        super().__init__("claims.provider_phone_invalid")


class ProviderNameMissingError(Rejected):
    """Neither the name of a person nor that of a clinic."""

    def __init__(self) -> None:
        super().__init__("claims.provider_name_missing")


class ProviderPostalCodeInvalidError(Rejected):
    """Not a Canadian postal code."""

    def __init__(self) -> None:
        super().__init__("claims.provider_postal_code_invalid")


class ProfessionUnknownError(Rejected):
    """Not one of the professions that the service offers."""

    def __init__(self) -> None:
        super().__init__("claims.profession_unknown")


class ProviderSearchEmptyError(Rejected):
    """Nothing to look for: a name, a telephone number or a claim type is needed."""

    def __init__(self) -> None:
        super().__init__("claims.provider_search_empty")


class TooManyProvidersAddedError(Conflict):
    """So many of the dossier's own wait for an agent that no more are taken."""

    def __init__(self, maximum: int) -> None:
        super().__init__("claims.too_many_providers_added", maximum=maximum)


class ProviderOfRegisterError(Conflict):
    """What the register says of a provider is identity's: it is neither accepted nor merged into another."""

    def __init__(self) -> None:
        super().__init__("claims.provider_of_register")


class ProviderNotListedError(Conflict):
    """Only what everybody may see can take in another: accept it first."""

    def __init__(self) -> None:
        super().__init__("claims.provider_not_listed")


class ProviderMergedAlreadyError(Conflict):
    """It was merged into another one before, or the two are one already."""

    def __init__(self) -> None:
        super().__init__("claims.provider_merged_already")


class DirectoryForAgentsError(Forbidden):
    """Only the insurer's own staff may do this."""

    def __init__(self) -> None:
        super().__init__("claims.agents_only")
