# What is sent: mail and SMS.

mail-subject = Connexion à { $company }
mail-header = Continuez votre connexion
mail-body = Vous, ou quelqu’un qui a saisi votre adresse, avez demandé à { $company } un lien de connexion. Il est valable { $minutes ->
    [one] une minute
   *[other] { $minutes } minutes
  } et une seule fois.
mail-link = Continuer
mail-info-code = Ou saisissez ce code sur la page qui le demande : { $code }. Personne ne vous demandera jamais ce code, ni au téléphone ni dans un message. Ne le lisez à personne.
mail-info = Personne ne vous demandera jamais ce lien. Ne le transférez à personne.
mail-footer = Vous n’avez rien demandé ? Alors ne faites rien : sans cet e-mail, personne n’entre.

passkey-mail-subject = Une clé d’accès a été ajoutée à votre compte { $company }
passkey-mail-header = Une clé d’accès a été ajoutée
passkey-mail-body = Le { $time }, une clé d’accès a été ajoutée à votre compte { $company }. Toute personne qui a l’appareil sur lequel elle a été créée peut s’y connecter avec le visage, l’empreinte ou le verrouillage de l’écran.
passkey-mail-yours = C’était vous ? Alors vous n’avez rien à faire.
passkey-mail-not-yours = Ce n’était pas vous ? Alors appelez tout de suite et demandez la suppression de la clé d’accès : { $number }. Si quelqu’un vous a dit au téléphone de l’ajouter, raccrochez d’abord.
passkey-mail-footer = Cet e-mail ne contient volontairement aucun lien. Ne vous connectez pas par un lien dans un e-mail qui dit la même chose.

sms-request = { $company }: ouvrez seulement si vous nous parlez:
